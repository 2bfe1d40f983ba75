import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { MonotonicMs } from "../../../../lib/domain/time.ts";
import type { Relay } from "../../../../lib/ports/relay.ts";
import type { LabProxy } from "../../../lab/http-proxy.ts";
import { patient } from "../../../patience/patience.ts";
import { eventually } from "../../../support/eventually.ts";
import { connectTo, hearing, openRelayRig, type RelayRig, schemes, upstreamOf } from "../relay-rig.ts";

let rig: RelayRig;
afterEach(() => rig.close());

const opened = "200 Connection established\r\n\r\n";
const readyOnes = (): Promise<unknown> =>
  eventually(
    () => rig.relay.counters().warm?.ready,
    (count) => count === 1,
  );
const openAt = (proxy: LabProxy, wanted: number): Promise<unknown> =>
  eventually(
    () => proxy.counters().open,
    (count) => count === wanted,
  );

async function askFor(port: number): Promise<Socket> {
  const socket = await rig.knock();
  socket.write(connectTo(`target.test:${port}`));
  return socket;
}

const echo = (socket: Socket): void => void socket.pipe(socket);

test.each(schemes)(
  "a tunnel takes the connection to the %s proxy that is ready, and another is made ready",
  async (scheme) => {
    rig = await openRelayRig({ tuning: { isWarm: true } });
    const proxy = await rig.use(scheme);
    const port = await rig.tcp(echo);
    await readyOnes();
    expect(proxy.counters()).toMatchObject({ accepted: 1, requests: 0 });
    const tunnel = await askFor(port);
    await hearing(tunnel, opened);
    tunnel.write("word");
    await hearing(tunnel, "word");
    await readyOnes();
    expect(proxy.counters()).toMatchObject({ accepted: 2, requests: 1 });
    expect(rig.relay.counters()).toMatchObject({ tunnels: 1, failures: 0, warm: { used: 1, stale: 0 } });
  },
);

const stops: readonly (readonly [string, (relay: Relay) => void])[] = [
  ["cut", (relay) => relay.cut("the exit is lost")],
  ["shut", (relay) => relay.shut()],
  ["paused", (relay) => relay.pause()],
  ["past its deadline", (relay) => relay.setDeadline(0 as MonotonicMs)],
];

test.each(stops)(
  "once the relay is %s none is ready and none is made, until it is open again",
  async (_what, stop) => {
    rig = await openRelayRig({ tuning: { isWarm: true } });
    const proxy = await rig.use("http");
    await readyOnes();
    stop(rig.relay);
    expect(rig.relay.counters().warm).toMatchObject({ ready: 0 });
    await openAt(proxy, 0);
    // The launcher's own, which needs no open gate, is the next that the proxy sees.
    const port = await rig.tcp(echo);
    const own = await rig.relay.dial("target.test", port, patient(5_000));
    expect(proxy.counters()).toMatchObject({ accepted: 2, open: 1 });
    own.destroy();
    rig.relay.setDeadline(undefined);
    rig.relay.open();
    await readyOnes();
  },
);

test("none is made before the relay was opened, and another proxy's is ended", async () => {
  rig = await openRelayRig({ isShut: true, tuning: { isWarm: true } });
  const first = await rig.use("http");
  const second = await rig.proxy("socks5");
  const port = await rig.tcp(echo);
  (await rig.relay.dial("target.test", port, patient(5_000))).destroy();
  expect(first.counters().accepted).toBe(1);
  rig.relay.open();
  await readyOnes();
  rig.relay.setUpstream(upstreamOf(second));
  await openAt(first, 0);
  await openAt(second, 1);
  await readyOnes();
});

/** A proxy that does with its nth request what it is told. */
async function oddProxy(doings: readonly ((socket: Socket) => void)[]) {
  const asked: string[] = [];
  const sockets: Socket[] = [];
  const port = await rig.tcp((socket) => {
    sockets.push(socket);
    socket.once("data", (bytes: Buffer) => {
      asked.push(bytes.toString("latin1").split("\r\n")[0] ?? "");
      doings[asked.length - 1]?.(socket);
    });
  });
  rig.relay.setUpstream({
    label: "odd",
    endpoint: { scheme: "http", host: "127.0.0.21", port },
    credential: undefined,
  });
  return { asked, sockets };
}

const accept = (socket: Socket): void => void socket.write("HTTP/1.1 200 Connection established\r\n\r\n");

test.each<readonly [string, (socket: Socket) => void]>([
  ["resets it", (socket) => void socket.resetAndDestroy()],
  ["ends it", (socket) => void socket.end()],
  ["says that it waited too long", (socket) => void socket.end("HTTP/1.1 408 Request Timeout\r\n\r\n")],
])("a proxy that %s when the ready one is used costs one silent retry", async (_what, spoil) => {
  rig = await openRelayRig({ tuning: { isWarm: true } });
  const { asked } = await oddProxy([spoil, accept]);
  await readyOnes();
  await hearing(await askFor(443), opened);
  expect(asked).toEqual(["CONNECT target.test:443 HTTP/1.1", "CONNECT target.test:443 HTTP/1.1"]);
  expect(rig.relay.counters()).toMatchObject({ failures: 0, tunnels: 1, warm: { used: 1, stale: 1 } });
  expect(rig.events.map(({ type }) => type)).toEqual(["connected"]);
});

test("what the proxy answers is its answer: it is not asked twice", async () => {
  rig = await openRelayRig({ tuning: { isWarm: true } });
  const { asked } = await oddProxy([(socket) => void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"), accept]);
  await readyOnes();
  await hearing(await askFor(443), "HTTP/1.1 ");
  expect(await rig.event("failed")).toMatchObject({ failure: { kind: "denied", status: 403 } });
  expect(asked).toHaveLength(1);
});

test("a cut while the ready one proves stale leaves no retry", async () => {
  rig = await openRelayRig({ tuning: { isWarm: true } });
  const spoil = (socket: Socket): void => {
    rig.relay.cut("the exit is lost");
    socket.resetAndDestroy();
  };
  const { asked } = await oddProxy([spoil, accept]);
  await readyOnes();
  const client = await askFor(443);
  await once(client, "close").catch(() => {});
  const port = await rig.tcp(echo);
  rig.relay.setUpstream(upstreamOf(await rig.proxy("http")));
  (await rig.relay.dial("target.test", port, patient(5_000))).destroy();
  expect(asked).toHaveLength(1);
});

test("a proxy that ends idle connections has another made ready a moment later, and stays blameless", async () => {
  rig = await openRelayRig({ tuning: { isWarm: true } });
  const { asked, sockets } = await oddProxy([]);
  await readyOnes();
  sockets[0]?.end();
  await eventually(
    () => sockets.length,
    (count) => count === 2,
  );
  await readyOnes();
  expect(asked).toEqual([]);
  expect(rig.relay.counters()).toMatchObject({ failures: 0, warm: { used: 0, stale: 0 } });
});
