// The provider's side of the conversation: every request goes through here.

const issuer = document.querySelector('meta[name=issuer]').content;

// hosted is the provider's own page of a step, for what these pages do not draw.
export const hosted = (page) => page.links?.hosted && new URL(page.links.hosted, issuer);

async function say(method, path, body) {
  const request = { method, credentials: 'include', headers: { Accept: 'application/json' } };
  if (body) {
    request.headers['Content-Type'] = 'application/json';
    request.body = JSON.stringify(body);
  }
  try {
    const answer = await fetch(new URL(path, issuer), request);
    return await answer.json();
  } catch {
    return { page: 'error', error: 'unreachable' };
  }
}

// follow asks for the next step until there is a page to draw, or leaves for
// another site; then it gives nothing.
export async function follow(answer) {
  while (answer.page === 'step') answer = await say('GET', answer.links.next);
  if (answer.page === 'redirect') {
    location.assign(answer.links.to);
    return null;
  }
  if (answer.page === 'autopost') {
    leave(answer.post);
    return null;
  }
  return answer;
}

export const ask = async (path) => follow(await say('GET', path));

// send posts what was filled in, with all that the page wants back as it is.
export const send = async (page, fields) => follow(await say('POST', page.form.action, { ...page.form.hidden, ...fields }));

// leave posts an answer to an application that asked for form_post.
function leave(post) {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = post.url;
  for (const [name, value] of post.fields) {
    const input = document.createElement('input');
    Object.assign(input, { type: 'hidden', name, value });
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}
