// A bot that measures its own requests: on a kept connection, fifty at once, and a new WebSocket each. WAY says how it reaches the proxy.
// Not by name: global-agent replaces what the module has.
import https from "node:https";
import WebSocket from "ws";

const { WAY, TARGET, PROXY } = process.env;
const [requests, total, streams] = ["REQUESTS", "TOTAL", "STREAMS"].map((name) => Number(process.env[name]));
const keepAlive = true;

const clients = {
  // Our preload, or Node's own proxy from the environment.
  plain: () => overAgent(new https.Agent({ keepAlive }), undefined),
  "node-env": () => overAgent(https.globalAgent, new https.Agent({ proxyEnv: process.env })),
  "https-proxy-agent": async () => {
    const { HttpsProxyAgent } = await import(process.env.PROXY_AGENT);
    const agent = new HttpsProxyAgent(PROXY, { keepAlive });
    // A new WebSocket shall not find a connection that a request has left.
    return overAgent(agent, new HttpsProxyAgent(PROXY));
  },
  "global-agent": async () => {
    const { createGlobalProxyAgent } = (await import("global-agent")).default;
    createGlobalProxyAgent().HTTPS_PROXY = PROXY;
    return overAgent(https.globalAgent, https.globalAgent);
  },
  undici: async () => {
    const { ProxyAgent, request, WebSocket: Stream } = await import("undici");
    const dispatcher = new ProxyAgent(PROXY);
    return {
      ask: async () => (await request(`https://${TARGET}/`, { dispatcher })).body.text(),
      openStream: () =>
        new Promise((resolve, reject) => {
          const stream = new Stream(`wss://${TARGET}/`, { dispatcher });
          stream.addEventListener("message", () => resolve(() => stream.close()));
          stream.addEventListener("error", ({ error }) => reject(error));
        }),
    };
  },
};

function overAgent(agent, streamAgent) {
  return {
    ask: () =>
      new Promise((resolve, reject) => {
        https
          .get(`https://${TARGET}/`, { agent }, (response) => response.resume().on("end", resolve))
          .on("error", reject);
      }),
    openStream: () =>
      new Promise((resolve, reject) => {
        const stream = new WebSocket(
          `wss://${TARGET}/`,
          streamAgent === undefined ? {} : { agent: streamAgent },
        );
        stream.on("message", () => resolve(() => stream.terminate())).on("error", reject);
      }),
  };
}

const { ask, openStream } = await clients[WAY]();
for (let done = 0; done < Math.min(20, requests); done += 1) await ask();
const kept = [];
for (let done = 0; done < requests; done += 1) kept.push(await timed(ask));
let left = total;
const worker = async () => {
  while (left > 0) {
    left -= 1;
    await ask();
  }
};
const togetherMs = await timed(() => Promise.all(Array.from({ length: 50 }, worker)));
const fresh = [];
for (let done = 0; done < streams; done += 1) {
  let close;
  fresh.push(
    await timed(async () => {
      close = await openStream();
    }),
  );
  close();
}
console.log(
  JSON.stringify({
    p50: at(kept, 0.5),
    p99: at(kept, 0.99),
    perSecond: (total / togetherMs) * 1_000,
    stream: at(fresh, 0.5),
  }),
);
process.exit(0);

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function at(list, share) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
