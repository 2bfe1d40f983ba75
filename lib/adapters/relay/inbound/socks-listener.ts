import type { Socket } from "node:net";
import type { Clock } from "../../../ports/clock.ts";
import type { Passage, Reached } from "../passage.ts";
import { joinSockets } from "../sockets.ts";
import { parseTargetHost } from "../wire/http-frames.ts";
import {
  replyFrame,
  type SocksRequest,
  socksCommands,
  socksMethods,
  socksVersion,
  type Taken,
  takeGreeting,
  takePassword,
  takeRequest,
} from "../wire/socks-frames.ts";
import { endSoon } from "./answers.ts";
import type { RunToken } from "./run-token.ts";

export interface SocksOptions {
  readonly passage: Passage;
  readonly token: RunToken;
  readonly clock: Clock;
  readonly limits: { readonly headMs: number };
  readonly onStranger: () => void;
  /** The client presented the run token. */
  readonly onAdmitted: () => void;
}

/** Serves one SOCKS5 client: the run token as password, then CONNECT to a name, an IPv4 or an IPv6 address. */
export function serveSocks(client: Socket, options: SocksOptions): void {
  const stop = options.clock.after(options.limits.headMs, () => client.destroy());
  client.once("close", stop);
  converse(client, options, stop).catch(() => client.destroy());
}

async function converse(client: Socket, options: SocksOptions, stopClock: () => void): Promise<void> {
  const methods = await take(client, takeGreeting);
  if (!methods.includes(socksMethods.password)) {
    options.onStranger();
    endSoon(client, Buffer.from([socksVersion, socksMethods.unacceptable]), options.clock);
    return;
  }
  client.write(Buffer.from([socksVersion, socksMethods.password]));
  const { pass } = await take(client, takePassword);
  if (!options.token.fits(pass)) {
    options.onStranger();
    endSoon(client, Buffer.from([1, 1]), options.clock);
    return;
  }
  options.onAdmitted();
  client.write(Buffer.from([1, 0]));
  const request = await take(client, takeRequest);
  stopClock();
  const code = await fulfil(client, request, options);
  if (code !== undefined) endSoon(client, replyFrame(code), options.clock);
}

/** Joins the client to its target; otherwise the reply code that says why not. */
async function fulfil(
  client: Socket,
  request: SocksRequest,
  options: SocksOptions,
): Promise<number | undefined> {
  if (request.command !== socksCommands.connect) return 7;
  const host = parseTargetHost(request.host);
  if (host === undefined || request.port === 0) return 8;
  const reached = await options.passage.reach(client, { host, port: request.port });
  if (reached.kind !== "reached") return replyCode(reached);
  client.write(replyFrame(0));
  joinSockets(client, reached.socket);
  return undefined;
}

function replyCode(reached: Exclude<Reached, { kind: "reached" }>): number | undefined {
  switch (reached.kind) {
    case "gone":
      return undefined;
    case "refused":
      return 2;
    case "failed":
      if (reached.failure.scope === "upstream") return 1;
      return reached.failure.kind === "refused" ? 5 : 4;
  }
}

/** Reads one frame; what follows it stays in the paused socket. Rejects when the client says something else or leaves. */
function take<T>(client: Socket, takeFrom: (bytes: Buffer) => Taken<T> | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const done = (rest: Buffer): void => {
      client.off("data", onData).off("end", onGone).off("close", onGone).pause();
      if (rest.length > 0) client.unshift(rest);
    };
    const onData = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      try {
        const taken = takeFrom(bytes);
        if (taken === undefined) return;
        done(taken.rest);
        resolve(taken.value);
      } catch (error) {
        done(Buffer.alloc(0));
        reject(error);
      }
    };
    const onGone = (): void => {
      done(Buffer.alloc(0));
      reject(new Error("The client left."));
    };
    client.on("data", onData).on("end", onGone).on("close", onGone).resume();
  });
}
