import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { MetricsPlace } from "../../domain/alerts/metrics-place.ts";
import { connectFailure } from "../host-files/short-path.ts";

const again = 60_000;

/**
 * Answers /metrics at a place that only this host reaches. Several launchers of one folder name the same place: the first has it,
 * and when it ends another one takes it within a minute. `onTaken` hears once that somebody else has it.
 */
export function serveMetrics(
  place: MetricsPlace,
  read: () => Promise<string>,
  onTaken: (why: string) => void,
): { stop(): void } {
  let server: Server | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let isTold = false;
  let underWay: Promise<string> | undefined;
  // Scrapes that come together are answered by one look.
  const look = (): Promise<string> => {
    underWay ??= read().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  const begin = (): void => {
    const next = createServer((request, response) => {
      const isAsked = request.url?.split("?")[0] === "/metrics" && request.method === "GET";
      if (!isAsked) return void response.writeHead(404).end("Ask for /metrics.\n");
      look().then(
        (text) =>
          response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text),
        () => response.writeHead(500).end(),
      );
    });
    next.requestTimeout = 10_000;
    next.maxConnections = 16;
    next.unref();
    next.once("error", (error: NodeJS.ErrnoException) => {
      if (!isTold) onTaken(error.code ?? error.message);
      isTold = true;
      if (place.kind === "socket" && error.code === "EADDRINUSE") void clearDead(place.path);
      if (!isStopped) timer = setTimeout(begin, again).unref();
    });
    next.once("listening", () => {
      server = next;
      if (place.kind === "socket") chmodSync(place.path, 0o600);
      if (isStopped) next.close();
    });
    if (place.kind === "socket") next.listen(place.path);
    else next.listen(place.port, place.host);
  };
  begin();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
      server?.closeAllConnections();
      server?.close();
    },
  };
}

// A launcher that was killed leaves its socket behind.
async function clearDead(path: string): Promise<void> {
  if ((await connectFailure(path)) === "ECONNREFUSED") rmSync(path, { force: true });
}
