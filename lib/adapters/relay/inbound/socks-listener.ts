import type { Socket } from "node:net";
import type { Clock } from "../../../ports/clock.ts";
import { joinSockets } from "../sockets.ts";
import type { Reached, TunnelOpener } from "../tunnel-opener.ts";
import { parseTargetHost } from "../wire/http-frames.ts";
import {
  replyFrame,
  type SocksRequest,
  socksCommands,
  socksMethods,
  socksVersion,
  takeGreeting,
  takePassword,
  takeRequest,
} from "../wire/socks-frames.ts";
import { takeFrame } from "../wire/take-frame.ts";
import { endSoon } from "./answers.ts";
import type { RunToken } from "./run-token.ts";

export interface SocksOptions {
  readonly opener: TunnelOpener;
  readonly token: RunToken;
  readonly clock: Clock;
  readonly limits: { readonly headMs: number };
  readonly onUnauthenticated: () => void;
  /** The client presented the run token. */
  readonly onAdmitted: () => void;
}

/** Serves one SOCKS5 client: the run token as password, then CONNECT to a name, an IPv4 or an IPv6 address. */
export function serveSocks(client: Socket, options: SocksOptions): void {
  const stop = options.clock.after(options.limits.headMs, () => client.destroy());
  client.once("close", stop);
  converse(client, options, stop).catch(() => client.destroy());
}

// No frame of the three is longer than 515 bytes; what comes behind is the client's first data.
const maxFrameBytes = 65_536;

async function converse(client: Socket, options: SocksOptions, stopClock: () => void): Promise<void> {
  const methods = await takeFrame(client, takeGreeting, maxFrameBytes);
  if (!methods.includes(socksMethods.password)) {
    options.onUnauthenticated();
    endSoon(client, Buffer.from([socksVersion, socksMethods.unacceptable]), options.clock);
    return;
  }
  client.write(Buffer.from([socksVersion, socksMethods.password]));
  const { pass } = await takeFrame(client, takePassword, maxFrameBytes);
  if (!options.token.fits(pass)) {
    options.onUnauthenticated();
    endSoon(client, Buffer.from([1, 1]), options.clock);
    return;
  }
  options.onAdmitted();
  client.write(Buffer.from([1, 0]));
  const request = await takeFrame(client, takeRequest, maxFrameBytes);
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
  if (request.command !== socksCommands.connect) {
    options.opener.decline(
      "a target",
      `SOCKS command ${request.command} is not supported, only CONNECT (TCP)`,
    );
    return 7;
  }
  const host = parseTargetHost(request.host);
  if (host === undefined || request.port === 0) {
    options.opener.decline("a target", "it is not a host and port");
    return 8;
  }
  const reached = await options.opener.reach(client, { host, port: request.port });
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
      if (reached.failure.kind === "denied") return 2;
      return reached.failure.kind === "refused" ? 5 : 4;
  }
}
