import { connect, type Socket } from "node:net";
import type { Upstream } from "../../../domain/proxy/proxy.ts";
import { formatAuthority } from "../../../domain/proxy/proxy-endpoint.ts";
import type { Clock } from "../../../ports/clock.ts";
import { otherFailure } from "./relay-failure.ts";
import { otherSpeech } from "./spoken.ts";

// A SOCKS5 proxy answers the greeting by itself, before it asks anybody. An HTTP proxy, or one of TLS, takes the greeting for the
// beginning of a longer message, and both wait for each other until time is up.
const silentMs = 2_000;
/** One question tells it: a proxy that is only slow must not get two connections for each of a bot's. */
const asked = new WeakSet<Upstream>();

/**
 * Waits for the answer to the greeting. If it does not come soon, a second connection asks in HTTP, once for each upstream, and only an
 * answer to that ends the waiting.
 */
export async function orOtherSpeech<T>(answer: Promise<T>, upstream: Upstream, clock: Clock): Promise<T> {
  if (asked.has(upstream)) return await answer;
  const { host, port } = upstream.endpoint;
  let second: Socket | undefined;
  let stop = (): void => {};
  const other = new Promise<never>((_resolve, reject) => {
    stop = clock.after(silentMs, () => {
      if (asked.has(upstream)) return;
      asked.add(upstream);
      second = connect({ host, port });
      second
        .on("error", () => {})
        .once("data", (bytes: Buffer) => {
          const speech = otherSpeech(bytes);
          if (speech !== undefined && speech.spoken !== "socks5")
            reject(otherFailure(upstream, speech, "answered with something other than SOCKS5"));
        });
      second.write(`OPTIONS * HTTP/1.1\r\nHost: ${formatAuthority(host, port)}\r\nConnection: close\r\n\r\n`);
    });
  });
  try {
    return await Promise.race([answer, other]);
  } finally {
    stop();
    second?.destroy();
  }
}
