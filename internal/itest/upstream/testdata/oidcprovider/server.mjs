// An OpenID provider that is not ours, for one test: node server.mjs <config as JSON>. It prints its port once it listens,
// signs in whoever types a name at its own development pages, and ends with its standard input.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const config = JSON.parse(process.argv[2]);
const server = createServer((req, res) => handle(req, res));
let handle;

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: config.clientID,
      client_secret: config.clientSecret,
      redirect_uris: config.redirectURIs,
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    claims: { email: ['email', 'email_verified'], profile: ['name', 'given_name', 'family_name'] },
    cookies: { keys: ['worth nothing'] },
    pkce: { required: () => true },
    features: { revocation: { enabled: true } },
    findAccount: (ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, name: `Person ${sub}`, email: `${sub}@example.com`, email_verified: true }),
    }),
  });
  handle = provider.callback();
  console.log(JSON.stringify({ issuer }));
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
