// From the facts of a page to elements. Nothing becomes markup that was not
// written here: all text goes in by textContent.

import { errorText, noticeText, problemText, scopeText, wayText } from './words.js';

// What each page asks. The provider shows what is not here.
const forms = {
  signin: {
    title: 'Sign in', button: 'Continue',
    fields: [{ name: 'identifier', label: 'Email address', type: 'email', autocomplete: 'username' }],
    links: { signup: 'Create an account', reset: 'Forgot your password?' },
  },
  password: {
    title: 'Enter your password', button: 'Sign in',
    fields: [{ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }],
    links: { reset: 'Forgot your password?', switch: 'Use another account' },
  },
  signup: {
    title: 'Create an account', button: 'Create account',
    fields: [
      { name: 'name', label: 'Name', type: 'text', autocomplete: 'name' },
      { name: 'email', label: 'Email address', type: 'email', autocomplete: 'username' },
      { name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password' },
    ],
    links: { signin: 'I have an account' },
  },
  code: {
    title: 'Check your mail', lede: (page) => `We sent a code to ${page.args?.email ?? 'your address'}.`, button: 'Continue',
    fields: [{ name: 'code', label: 'Code', type: 'text', autocomplete: 'one-time-code', inputMode: 'numeric' }],
    more: [{ name: 'again', value: '1', label: 'Send a new code' }],
    links: { switch: 'Use another address' },
  },
  reset: {
    title: 'Choose a new password', button: 'Send a link',
    fields: [{ name: 'email', label: 'Email address', type: 'email', autocomplete: 'username' }],
    links: { signin: 'Back to signing in' },
  },
  reset_sent: {
    title: 'Check your mail', lede: (page) => `If there is an account for ${page.args?.email ?? 'that address'}, we have sent it a link.`,
    links: { signin: 'Back to signing in' },
  },
  new_password: {
    title: 'Choose a new password', button: 'Save',
    fields: [{ name: 'password', label: 'New password', type: 'password', autocomplete: 'new-password' }],
  },
  accounts: { title: 'Who are you?', links: { another: 'Use another account' } },
  second: { title: 'One thing more', lede: () => 'Show that it is you in another way.' },
  enrol: { title: 'Set up one thing more', lede: () => 'Your account asks for a second way to show that it is you.' },
  consent: { title: 'Allow access?' },
  finished: { title: 'Done', lede: () => 'You can close this page.', links: { app: 'Back to the app' } },
  error: { title: 'This did not work', lede: (page) => errorText(page.error), links: { restart: 'Start again', app: 'Back to the app' } },
};

export const draws = (page) => page.page in forms;

export function element(name, properties = {}, ...children) {
  const e = Object.assign(document.createElement(name), properties);
  e.append(...children.filter(Boolean));
  return e;
}

// draw gives the elements of a page. act is called with the fields of a form that
// was sent, go with the address of a link of the provider's.
export function draw(page, act, go) {
  const form = forms[page.page] ?? forms.error;
  const title = element('h1', { textContent: form.title, tabIndex: -1 });
  const lede = form.lede?.(page) ?? (page.app?.name ? `to go on to ${page.app.name}` : '');
  return [
    title,
    lede && element('p', { className: 'lede', textContent: lede }),
    page.account?.email && page.page !== 'signin' && element('p', { id: 'who', textContent: page.account.email }),
    ...(page.notices ?? []).map((n) => element('p', { className: 'notice', role: 'status', textContent: noticeText(n) })),
    ...(page.problems ?? []).filter((p) => !inForm(form, p)).map((p) => element('p', { className: 'bad', role: 'alert', textContent: problemText(p) })),
    page.page === 'consent' ? consent(page, act) : fieldForm(page, form, act),
    ...choices(page, form, act, go),
    links(page, form, go),
    page.request_id && element('p', { className: 'quiet', textContent: `Number for the help desk: ${page.request_id}` }),
  ].filter(Boolean);
}

const inForm = (form, problem) => (form.fields ?? []).some((f) => f.name === problem.field) || problem.field === 'mine';

function onSubmit(form, act) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form, event.submitter));
    for (const button of form.querySelectorAll('button')) button.disabled = true;
    act(fields);
  });
  return form;
}

function fieldForm(page, form, act) {
  if (!form.fields) return null;
  // Password managers look for whose password it is; without a name it is not sent.
  const whose = page.page === 'password' && page.account?.email
    && element('input', { type: 'email', autocomplete: 'username', value: page.account.email, hidden: true, readOnly: true });
  return onSubmit(element('form', { id: 'form', noValidate: true },
    whose,
    ...form.fields.map((f) => field(page, f)),
    element('button', { id: 'continue', textContent: form.button }),
  ), act);
}

function field(page, { name, label, ...more }) {
  const problem = (page.problems ?? []).find((p) => p.field === name);
  const input = element('input', { id: name, name, value: page.values?.[name] ?? '', ...more });
  if (problem) {
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', `${name}-error`);
  }
  return element('div', { className: 'field' },
    element('label', { htmlFor: name, textContent: label }),
    problem && element('p', { id: `${name}-error`, className: 'bad', textContent: problemText(problem) }),
    input);
}

// consent shows who asks for what, and where the browser goes next. Its digest
// comes back with the decision, so nothing can change behind the page.
function consent(page, act) {
  const c = page.consent;
  const name = page.app?.name ?? page.app?.redirect_host;
  const mine = (page.problems ?? []).find((p) => p.field === 'mine');
  return onSubmit(element('form', { id: 'consent' },
    (c.resources ?? []).length > 0 && element('p', { textContent: `${name} wants to use ${c.resources.map((r) => r.name ? `${r.name} (${r.uri})` : r.uri).join(', ')}.` }),
    ...scopeList(`${name} (${page.app?.redirect_host}) will be able to:`, c.scopes.filter((s) => !c.step_up || s.new)),
    ...scopeList('It can do this already:', c.scopes.filter((s) => c.step_up && !s.new)),
    c.every_time && !c.unverified && element('p', { className: 'bad', textContent: 'Any program on this device can say it is this app. Did you start it a moment ago?' }),
    c.unverified && element('p', { className: 'bad', textContent: 'Nobody has checked this app.' }),
    mine && element('p', { id: 'mine-error', className: 'bad', textContent: problemText(mine) }),
    c.unverified ? tick('mine', 'I started this app myself') : !c.every_time && tick('remember', 'Remember this'),
    element('div', { className: 'pair' },
      element('button', { id: 'deny', name: 'decision', value: 'deny', className: 'plain', textContent: 'Do not allow' }),
      element('button', { id: 'allow', name: 'decision', value: 'allow', textContent: 'Allow' })),
  ), act);
}

// scopeList is one list of scopes with what each includes, or nothing.
function scopeList(heading, scopes) {
  if (scopes.length === 0) return [];
  const text = (s) => [s, ...(s.includes ?? [])].map(scopeText).join('; ');
  return [
    element('p', { textContent: heading }),
    element('ul', {}, ...scopes.map((s) => element('li', { textContent: text(s) }))),
  ];
}

const tick = (name, label) =>
  element('label', { className: 'tick' }, element('input', { type: 'checkbox', name, value: 'on' }), ` ${label}`);

// choices are buttons that send one value: another way in, an account, a new code;
// or, where a way has an address, lead there.
function choices(page, form, act, go) {
  const buttons = [
    ...(form.more ?? []),
    ...(page.accounts ?? []).map((a) => ({ name: 'account', value: a.key, label: `${a.email ?? a.name}${a.signed_out ? ' (signed out)' : ''}` })),
    ...(page.ways ?? []).map((w) => ({ name: 'way', value: w.method, label: wayText(w), url: w.url })),
  ];
  return buttons.map(({ name, value, label, url }) =>
    onSubmit(element('form', {}, element('button', { name, value, className: 'plain', textContent: label })), url ? () => go(url) : act));
}

// links lead to other steps, which are the provider's, or back to the app.
function links(page, form, go) {
  const all = Object.entries(form.links ?? {}).filter(([name]) => page.links?.[name]);
  if (!all.length) return null;
  return element('nav', {}, ...all.map(([name, label]) => {
    const target = page.links[name];
    const link = element('a', { id: `to-${name}`, href: target, textContent: label });
    if (target.startsWith('/')) {
      link.addEventListener('click', (event) => {
        event.preventDefault();
        go(target);
      });
    }
    return link;
  }));
}
