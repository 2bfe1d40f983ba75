import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { median, timed } from "../../harness/measure.mjs";
import { startPart } from "../../harness/parts.mjs";
import { built } from "../../harness/places.mjs";
import { memoryOf, treeOf, wholeCpuOf } from "../../harness/processes.mjs";
import { openForwarders } from "./forwarders.mjs";
import { ask, download, openTunnel } from "./tunnel.mjs";

const floor = "no relay";
const credential = { user: "customer", pass: "secret" };
const sizes = {
  full: { requests: 400, fresh: 100, far: 15, bulkBytes: 300 * 2 ** 20, idle: 1_000 },
  smoke: { requests: 5, fresh: 3, far: 2, bulkBytes: 2 ** 20, idle: 5 },
};
const others = ["proxy-chain", "squid", "tinyproxy"];

/** The relay alone against none at all and against forwarding proxies in its place, at 0 and at 20 ms from the proxy each way. */
export const relay = {
  name: "relay",
  title: "The relay, 0 and 20 ms each way from the proxy",
  rounds: 6,
  limits:
    "Each byte goes twice through one Node thread, and a new tunnel is one more connection and one more CONNECT on the way. The proxy, the " +
    "target and the client are Node as well and take part of the processor on which the relay runs.",
  figures: {
    "new tunnel and request": { unit: "ms", floor },
    "new tunnel and request, 20 ms away": { unit: "ms", floor },
    "request on a kept tunnel": { unit: "ms", floor },
    "new tunnels a second, 16 at once": { unit: "1/s", floor },
    bulk: { unit: "MB/s", floor },
    "processor time of a GB": { unit: "s" },
    "RSS of 1,000 idle tunnels": { unit: "MB" },
  },
  targets: [
    { figure: "new tunnel and request", way: "relay", ratio: 1.6 },
    { figure: "new tunnel and request, 20 ms away", way: "relay", ratio: 1.02 },
    { figure: "request on a kept tunnel", way: "relay", ratio: 1.5 },
    { figure: "bulk", way: "relay", leastRatio: 0.85 },
    ...["new tunnel and request", "request on a kept tunnel"].map((figure) => ({
      figure,
      way: "relay",
      ratio: 1,
      to: "proxy-chain",
    })),
    ...others.map((to) => ({ figure: "bulk", way: "relay", leastRatio: 1, to })),
  ],
  async open(tools) {
    const { startLabProcess } = await built("tests/lab/lab-process.js");
    const names = { "target.test": "127.0.0.21" };
    const proxy = await startLabProcess({
      kind: "http-proxy",
      exitAddress: "127.0.0.11",
      ...credential,
      names,
    });
    tools.atEnd(() => proxy.close());
    const size = sizes[tools.size];
    const target = await startPart(tools, "target", size);
    const far = await startPart(tools, "delay", { port: proxy.port, delayMs: 20 });
    const [near, distant] = [await openWays(tools, proxy), await openWays(tools, far)];
    const authority = `target.test:${target.port}`;
    return Object.fromEntries(
      Object.keys(near).map((way) => [
        way,
        () =>
          measure({
            near: { ...near[way], authority },
            far: { ...distant[way], authority },
            size,
            quiet: tools.quiet,
          }),
      ]),
    );
  },
};

async function openWays(tools, { port }) {
  const upstream = { port, ...credential };
  return {
    [floor]: { port, auth: `${credential.user}:${credential.pass}` },
    relay: { ...(await startPart(tools, "relay", upstream)), auth: "bot:Token" },
    ...(await openForwarders(tools, upstream)),
  };
}

async function measure({ near, far, size, quiet }) {
  await quiet();
  const processes = near.pid === undefined ? [] : treeOf(near.pid);
  const before = wholeCpuOf(processes);
  const seconds = (await timed(() => bulk(near, size.bulkBytes))) / 1_000;
  const cpuSeconds = (wholeCpuOf(processes) - before) / 1_000;
  return {
    "new tunnel and request": await fresh(near, size.fresh),
    "new tunnel and request, 20 ms away": await fresh(far, size.far),
    "request on a kept tunnel": await kept(near, size.requests),
    "new tunnels a second, 16 at once": await together(near, size.fresh),
    bulk: size.bulkBytes / 2 ** 20 / seconds,
    ...(near.pid === undefined
      ? {}
      : {
          "processor time of a GB": (cpuSeconds / size.bulkBytes) * 2 ** 30,
          "RSS of 1,000 idle tunnels": await idleTunnels(near, size.idle),
        }),
  };
}

async function bulk(to, bytes) {
  const socket = await openTunnel(to);
  await download(socket, bytes);
  socket.destroy();
}

async function kept(to, count) {
  const socket = await openTunnel(to);
  const all = [];
  for (let done = 0; done < count; done += 1) all.push(await timed(() => ask(socket)));
  socket.destroy();
  return median(all);
}

async function fresh(to, count) {
  const all = [];
  for (let done = 0; done < count; done += 1) all.push(await timed(() => one(to)));
  return median(all);
}

async function together(to, count) {
  const total = count * 4;
  let left = total;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await one(to);
    }
  };
  const ms = await timed(() => Promise.all(Array.from({ length: 16 }, worker)));
  return (total / ms) * 1_000;
}

async function one(to) {
  const socket = await openTunnel(to);
  await ask(socket);
  socket.destroy();
}

async function idleTunnels(to, count) {
  const before = memoryOf(treeOf(to.pid)).rss;
  const sockets = [];
  for (let done = 0; done < count; done += 1) sockets.push(await openTunnel(to));
  await delay(200);
  const after = memoryOf(treeOf(to.pid)).rss;
  const closed = sockets.map((socket) => once(socket, "close"));
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  return ((after - before) / count) * 1_000;
}
