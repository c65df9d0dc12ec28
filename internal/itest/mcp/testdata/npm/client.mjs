// An MCP client on the official TypeScript SDK, as an application on a person's computer has it: it waits for orders on stdin, a line of
// JSON each, and says on stdout what came of them. Where a person has to agree it says which page to open.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const settings = JSON.parse(process.argv[2]); // { server, sdk, lane, clientID, revision }
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');

const sdk = settings.sdk === 2
  ? await import('@modelcontextprotocol/client')
  : {
      ...(await import('@modelcontextprotocol/sdk/client/index.js')),
      ...(await import('@modelcontextprotocol/sdk/client/streamableHttp.js')),
      ...(await import('@modelcontextprotocol/sdk/client/auth.js')),
    };

// Where the browser comes back to.
let arrived;
const listener = createServer((request, response) => {
  response.end('You may close this window.');
  arrived?.(new URL(request.url, 'http://127.0.0.1').searchParams);
});
await new Promise((ready) => listener.listen(0, '127.0.0.1', ready));
const redirect = `http://127.0.0.1:${listener.address().port}/callback`;

const keeper = {
  client: settings.lane === 'seeded' ? { client_id: settings.clientID, issuer: settings.issuer } : undefined,
  redirectUrl: redirect,
  clientMetadataUrl: settings.lane === 'cimd' ? settings.clientID : undefined,
  clientMetadata: {
    client_name: 'Test client', redirect_uris: [redirect], response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none',
  },
  clientInformation() { return this.client; },
  saveClientInformation(information) { this.client = information; },
  tokens() {
    // Version 1 of the SDK answers a 403 by refreshing, which widens nothing: a host that wants more keeps the refresh token back.
    if (settings.sdk === 1 && lastStatus === 403 && this.kept) return { ...this.kept, refresh_token: undefined };
    return this.kept;
  },
  saveTokens(tokens) { this.kept = tokens; say({ tokens: { scope: tokens.scope, refresh: !!tokens.refresh_token } }); },
  saveDiscoveryState(found) { this.found = found; },
  discoveryState() { return this.found; },
  state() { return (this.expected = crypto.randomUUID()); },
  saveCodeVerifier(verifier) { this.verifier = verifier; },
  codeVerifier() { return this.verifier; },
  invalidateCredentials(what) {
    if (what === 'all' || what === 'tokens') this.kept = undefined;
    if ((what === 'all' || what === 'client') && settings.lane !== 'seeded') this.client = undefined;
    say({ dropped: what });
  },
  redirectToAuthorization(url) {
    this.answer = new Promise((resolve) => { arrived = resolve; });
    say({ open: url.href });
  },
};

let lastStatus = 0;
const watched = async (url, init) => {
  const response = await fetch(url, init);
  if (String(url) === settings.server) lastStatus = response.status;
  return response;
};
const makeTransport = () => new sdk.StreamableHTTPClientTransport(new URL(settings.server), { authProvider: keeper, fetch: watched });
const options = settings.sdk === 2 && settings.revision >= '2026-07-28' ? { versionNegotiation: { mode: { pin: settings.revision } } } : {};
let client, transport;

// signedIn does what is asked, and has the person sign in where the SDK says so.
async function signedIn(what) {
  for (let tries = 0; ; tries++) {
    try {
      return await what();
    } catch (refused) {
      if (!(refused instanceof sdk.UnauthorizedError) || !keeper.answer || tries > 1) throw refused;
      const answer = await keeper.answer;
      keeper.answer = undefined;
      if (answer.get('error')) throw new Error(answer.get('error'));
      if (answer.get('state') !== keeper.expected) throw new Error('another state');
      await transport.finishAuth(settings.sdk === 2 ? answer : answer.get('code'));
    }
  }
}

async function connect() {
  await signedIn(async () => {
    client = new sdk.Client({ name: 'test-client', version: '1.0.0' }, options);
    transport = makeTransport();
    await client.connect(transport);
  });
  const revision = settings.sdk === 2 ? client.getNegotiatedProtocolVersion() : transport.protocolVersion;
  return { connected: { revision, client: keeper.client.client_id } };
}

async function call({ tool, input }) {
  const result = await signedIn(() => client.callTool({ name: tool, arguments: input ?? {} }));
  return { result: { error: !!result.isError, text: result.content?.[0]?.text ?? '' } };
}

// revoke gives the refresh token back, as an application does when somebody signs out of it (RFC 7009). The SDKs have nothing for that
// beyond the metadata.
async function revoke() {
  const metadata = await sdk.discoverAuthorizationServerMetadata(settings.issuer);
  const body = new URLSearchParams({
    token: keeper.kept.refresh_token, token_type_hint: 'refresh_token', client_id: keeper.client.client_id,
  });
  return { revoked: (await fetch(metadata.revocation_endpoint, { method: 'POST', body })).status };
}

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    say(await (order.connect ? connect() : order.revoke ? revoke() : call(order)));
  } catch (failure) {
    say({ failed: `${failure.name}: ${failure.message}` });
  }
}
process.exit(0);
