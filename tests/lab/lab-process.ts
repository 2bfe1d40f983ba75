import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LabCertificates } from "./certificates.ts";
import type { EchoMood, EchoOptions } from "./echo.ts";
import type { Fault, ListenAt } from "./front.ts";
import type { LabProxyCounters, LabProxyOptions } from "./http-proxy.ts";
import type { VenueAnswer, VenueEntry } from "./venue.ts";

/** Which piece a lab process runs. */
export type LabSpec =
  | ({ readonly kind: "http-proxy" | "socks-proxy" } & LabProxyOptions)
  | ({ readonly kind: "tls-proxy"; readonly certificates: LabCertificates } & LabProxyOptions)
  | ({ readonly kind: "echo" } & EchoOptions)
  | { readonly kind: "venue"; readonly listen?: ListenAt; readonly certificates: LabCertificates };

/** What a lab process can be told; each order is answered by one piece of news other than `entry`. */
export type LabOrder =
  | { readonly do: "fault"; readonly fault: Fault }
  | { readonly do: "exit"; readonly address: string }
  /** A proxy ends its listener and every connection, or listens again on its port. */
  | { readonly do: "kill" | "revive" }
  | { readonly do: "mood"; readonly mood: EchoMood }
  /** null: back to the usual answers. With `peer` only for who comes from there. */
  | { readonly do: "answer"; readonly answer: VenueAnswer | null; readonly peer?: string }
  /** Answered by `counters` (a proxy) or `peers` (a witness). */
  | { readonly do: "counters" };

export type LabNews =
  | { readonly type: "ready"; readonly host: string; readonly port: number }
  | { readonly type: "entry"; readonly entry: VenueEntry }
  | { readonly type: "counters"; readonly counters: LabProxyCounters }
  | { readonly type: "peers"; readonly peers: readonly string[] }
  | { readonly type: "done" };

/** A lab piece in a real process of its own, which can be killed as one. */
export interface LabProcess {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  /** What a venue saw so far, in order. */
  readonly entries: readonly VenueEntry[];
  order(order: LabOrder): Promise<LabNews>;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
  /** Lets it end by itself, and waits until it is gone. */
  close(): Promise<void>;
}

/** Starts a lab piece from the build beside this file, or by `main` (the built tests/lab/main.js) when run from source; `words` are put in front, to run it in a namespace. */
export async function startLabProcess(
  spec: LabSpec,
  main = builtMain(),
  words: readonly string[] = [],
): Promise<LabProcess> {
  const [file, ...args] = [...words, process.execPath, main];
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], env: {} });
  // A killed process takes no more orders; nextAnswer says so.
  child.stdin.on("error", () => {});
  const ended = once(child, "exit");
  const entries: VenueEntry[] = [];
  const waiting: Array<(news: LabNews) => void> = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const news: LabNews = JSON.parse(line);
    if (news.type === "entry") entries.push(news.entry);
    else waiting.shift()?.(news);
  });
  const order = (message: LabSpec | LabOrder): Promise<LabNews> => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    return nextAnswer(child, waiting);
  };
  const ready = await order(spec);
  if (ready.type !== "ready" || child.pid === undefined) throw new Error("The lab process did not start.");
  return {
    pid: child.pid,
    host: ready.host,
    port: ready.port,
    entries,
    order,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

function nextAnswer(child: ChildProcess, waiting: Array<(news: LabNews) => void>): Promise<LabNews> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error("The lab process ended before it answered."));
    child.once("exit", onExit);
    waiting.push((news) => {
      child.off("exit", onExit);
      resolve(news);
    });
  });
}

/** In the build this is the neighbour file; from source it is the build's copy. */
function builtMain(): string {
  const here = import.meta.url;
  const url = here.endsWith(".ts") ? new URL("../../dist/tests/lab/main.js", here) : new URL("main.js", here);
  return fileURLToPath(url);
}
