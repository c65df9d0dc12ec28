import { ask, hosted, send } from './flow.js';
import { draw, draws, element } from './draw.js';

const main = document.querySelector('#main');

// The address of these pages names the interaction and its step, so that reloading
// and the browser's own buttons work. The handle opens nothing without the cookie.
const here = () => {
  const q = new URLSearchParams(location.search);
  return { interaction: q.get('interaction'), step: q.get('step') };
};

const path = ({ interaction, step }) => `/interaction/${encodeURIComponent(interaction)}/${encodeURIComponent(step || 'start')}`;

function show(page) {
  if (!page) return; // on the way to another site
  if (!draws(page) && hosted(page)) {
    location.assign(hosted(page));
    return;
  }
  const at = here();
  if (page.step && page.step !== at.step) {
    const q = new URLSearchParams(location.search);
    q.set('step', page.step);
    const first = at.step === 'start';
    history[first ? 'replaceState' : 'pushState'](null, '', `?${q}`);
  }
  main.replaceChildren(...draw(page, async (fields) => show(await send(page, fields)), async (target) => show(await ask(target))));
  main.dataset.page = page.page;
  document.title = `${main.querySelector('h1').textContent} · Fieldnotes`;
  (main.querySelector('[aria-invalid]') ?? main.querySelector('input:not([type=checkbox])') ?? main.querySelector('h1')).focus();
}

async function load() {
  const at = here();
  if (!at.interaction) {
    main.replaceChildren(element('h1', { textContent: 'Start in the app' }), element('p', { textContent: 'These pages are where its sign-in leads.' }));
    return;
  }
  show(await ask(path(at)));
}

addEventListener('popstate', load);
load();
