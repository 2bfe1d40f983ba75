import type { Agent, IncomingMessage } from "node:http";
import { get } from "node:http";
import { get as getSecurely } from "node:https";
import { request as undiciRequest } from "undici";
import { WebSocket } from "ws";
import {
  httpAgent,
  httpsAgent,
  proxiedFetch,
  type TunnelOptions,
  undiciDispatcher,
  webSocketAgent,
} from "../../../lib/agents.ts";

/** One client through one proxy: asks the venue for the address that it sees. */
export interface Client {
  /** GET of the path; gives the peer that the answer names. */
  ask(url: string, signal?: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

// Left alone, undici opens a second connection for a request that comes before its first one is told to be idle.
const onePerOrigin = { connections: 1 };

/** Every way into the library that asks by requests, by name. */
export const clients: Readonly<
  Record<string, (proxy: string, options: TunnelOptions) => Client | Promise<Client>>
> = {
  proxiedFetch: (proxy, options) => {
    const fetch = proxiedFetch(proxy, { ...options, pool: onePerOrigin });
    return {
      ask: async (url, signal) =>
        peerIn(await (await fetch(url, signal === undefined ? {} : { signal })).text()),
      close: () => fetch.close(),
    };
  },
  "httpAgent and httpsAgent": (proxy, options) => {
    const agents = { "http:": httpAgent(proxy, options), "https:": httpsAgent(proxy, options) };
    return {
      ask: async (url, signal) =>
        peerIn(await getWith(url.startsWith("https:") ? agents["https:"] : agents["http:"], url, signal)),
      close: async () => {
        for (const agent of Object.values(agents)) agent.destroy();
      },
    };
  },
  undiciDispatcher: async (proxy, options) => {
    const dispatcher = await undiciDispatcher(proxy, { ...options, pool: onePerOrigin });
    return {
      ask: async (url, signal) => {
        const { body } = await undiciRequest(url, { dispatcher, ...(signal && { signal }) });
        return peerIn(await body.text());
      },
      close: () => dispatcher.close(),
    };
  },
};

/** GET by Node's own client with this agent; rejects as the request does. */
export function getWith(agent: Agent, url: string, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const start = url.startsWith("https:") ? getSecurely : get;
    start(url, { agent, ...(signal && { signal }) }, (response) => {
      textOf(response).then(resolve, reject);
    }).once("error", reject);
  });
}

/** Opens a stream by `ws`, says one word and waits for its echo; gives the peer that the venue named. */
export async function streamOnce(proxy: string, url: string, options: TunnelOptions): Promise<string> {
  const agent = webSocketAgent(proxy, options);
  const stream = new WebSocket(url, { agent });
  try {
    return await new Promise((resolve, reject) => {
      let peer: string | undefined;
      stream.on("error", reject).on("message", (data: Buffer) => {
        const text = data.toString();
        if (peer !== undefined) return resolve(`${peer} ${text}`);
        peer = peerIn(text);
        stream.send("hello");
      });
    });
  } finally {
    stream.terminate();
    agent.destroy();
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

function peerIn(text: string): string {
  return (JSON.parse(text) as { peer: string }).peer;
}
