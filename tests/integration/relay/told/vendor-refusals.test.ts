import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../../lib/adapters/clock/system-clock.ts";
import { askFor } from "../../../../lib/adapters/relay/outbound/handshakes.ts";
import { RelayFailure } from "../../../../lib/adapters/relay/outbound/relay-failure.ts";
import { Secret } from "../../../../lib/domain/secret.ts";

const pieces: (Server | Socket)[] = [];
afterEach(() => {
  for (const piece of pieces.splice(0))
    if ("destroy" in piece) piece.destroy();
    else piece.close();
});

/** What comes of CONNECT at a gateway of this name that answers so. */
async function failureAt(host: string, answer: string) {
  const server = createServer((socket) => {
    pieces.push(socket);
    socket.once("data", () => socket.end(`HTTP/1.1 ${answer}\r\n\r\n`));
  }).listen(0, "127.0.0.1");
  pieces.push(server);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const socket = connect(port, "127.0.0.1");
  pieces.push(socket);
  await once(socket, "connect");
  const endpoint = { scheme: "http", host, port: 5959 } as const;
  const credential = { user: "u-stc-uk", secret: new Secret("s3cret") };
  const plan = {
    upstream: { label: "uk-1", endpoint, credential },
    target: { host: "api.x.test", port: 443 },
  };
  const error: unknown = await askFor(socket, plan, systemClock).catch((reason: unknown) => reason);
  return error instanceof RelayFailure ? error.failure : undefined;
}

test.each([
  ["gw.netnut.net", "490 Nope", "blocked", "upstream", /HTTP 490 \(NetNut's access point is not valid: /],
  [
    "gw.netnut.net",
    "491 Unassigned",
    "auth",
    "upstream",
    /HTTP 491 \(NetNut does not have this host's address /,
  ],
  [
    "gw.netnut.net",
    "502 Bad Gateway",
    "blocked",
    "upstream",
    /HTTP 502 \(NetNut's assigned address is gone /,
  ],
  ["gw.other.test", "502 Bad Gateway", "blocked", "target", /with HTTP 502$/],
  ["gw.other.test", "491 Unassigned", "blocked", "upstream", /with HTTP 491$/],
  [
    "disp.oxylabs.io",
    "407 Auth\r\nProxy-Authenticate: Basic",
    "auth",
    "upstream",
    /refused the credential \(HTTP 407, Oxylabs answers 407 also when /,
  ],
  [
    "brd.superproxy.io",
    "407 Auth\r\nx-brd-err-msg: bad zone",
    "auth",
    "upstream",
    /\(HTTP 407, bad zone; Bright Data answers 407 also when /,
  ],
  [
    "disp.oxylabs.io",
    "407 Auth\r\nProxy-Authenticate: Digest a=b",
    "denied",
    "upstream",
    /wants Digest; only Basic/,
  ],
  ["gw.other.test", "407 Auth", "auth", "upstream", /refused the credential \(HTTP 407\)$/],
])("%s that answers %j is %s of the %s", async (host, answer, ...meaning) => {
  const [kind, scope, message] = meaning;
  expect(await failureAt(host, answer)).toMatchObject({
    kind,
    scope,
    message: expect.stringMatching(message),
  });
});
