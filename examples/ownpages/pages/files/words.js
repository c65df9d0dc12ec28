// The words of the pages. The provider says which; a team writes its own.

const minutes = (seconds) => (seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds)} seconds`);

const problems = {
  email_empty: () => 'Enter your email address',
  email_format: () => 'Enter an email address, such as name@example.com',
  name_empty: () => 'Enter your name, as others should see it',
  password_empty: () => 'Enter your password',
  password_wrong: () => 'That email address and password do not match. Check both, or choose a new password.',
  password_short: (a) => `Use at least ${a.n} characters`,
  password_long: (a) => `Use at most ${a.n} characters`,
  password_weak: () => 'This password is easy to guess. Use more words, or less common ones.',
  password_leaked: () => 'This password is in a list of leaked passwords. Choose another one.',
  password_personal: () => 'Leave your name and email address out of the password',
  code_empty: () => 'Enter the code',
  code_format: () => 'Enter all 6 digits',
  code_wrong: () => 'That code did not match. Check it and type it again.',
  code_old: () => 'That code is too old. Ask for a new one.',
  code_tries: () => 'That code was tried too often. Ask for a new one.',
  many_tries: (a) => `Too many tries. Wait ${minutes(a.duration)}, or choose another way to sign in.`,
  consent_changed: () => 'Something changed while this page was open. Read it again, then decide.',
  tick_own_app: () => 'Tick this if you started the app yourself. If not, choose “Do not allow”.',
  account_off: () => 'This account is switched off. Ask your administrator to switch it on.',
};

const notices = {
  code_again: () => 'We sent a new code. The old one does not work any more.',
  saved: (a) => `Your ${a.thing} was saved.`,
};

const errors = {
  page_old: 'You were away for too long. Go back to the app and start again.',
  other_browser: 'This sign-in was started in another browser. Go on there, or start again here.',
  no_cookie: 'This browser keeps no cookies. Allow them for this site, then start again.',
  foreign: 'This form was sent from somewhere else. Go back to the app and start again.',
  app_unknown: 'We do not know the app that sent you. Ask whoever runs it.',
  app_identity: 'The app that sent you did not say properly what it is. Ask whoever runs it.',
  link_used: 'This link was used already, or is too old. Ask for a new one.',
  busy: 'Too many tries. Wait a little, then try again.',
  away: 'We cannot be reached right now. Try again in a moment.',
  unreachable: 'We cannot be reached. Check your connection, then reload this page.',
};

const scopes = {
  openid: 'Recognise you when you come back',
  profile: 'See your name and profile',
  email: 'See your email address',
  offline_access: 'Keep doing this while you are away',
};

export const problemText = (p) => (problems[p.id] ?? (() => 'That did not work. Check it, then try again.'))(p.args ?? {});
export const noticeText = (n) => notices[n.id]?.(n.args ?? {}) ?? '';
export const errorText = (name) => errors[name] ?? 'Something went wrong. Go back to the app and start again.';
export const scopeText = (s) => s.text?.en ?? s.text?.[''] ?? scopes[s.name] ?? `Use “${s.name}”`;
export const wayText = (w) => ({ 'way.passkey': 'Use a passkey', 'way.emailcode': 'Send me a code',
  'way.second.totp': 'Use an authenticator app', 'way.second.passkey': 'Use a passkey', 'way.second.recoverycode': 'Use a recovery code',
  'way.enrol.totp': 'Set up an authenticator app', 'way.enrol.passkey': 'Set up a passkey' })[w.label] ?? w.label;
