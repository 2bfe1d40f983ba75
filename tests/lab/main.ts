// Runs one lab piece as a process of its own. Nothing in argv: the first line of stdin is the LabSpec, further lines are
// LabOrders; stdout carries LabNews, one JSON a line. The process ends when its stdin does, so it never outlives its parent.
import { createInterface } from "node:readline";
import { type LabEcho, startEcho } from "./echo.ts";
import { type LabProxy, startHttpProxy, startTlsProxy } from "./http-proxy.ts";
import type { LabNews, LabOrder, LabSpec } from "./lab-process.ts";
import { startSocksProxy } from "./socks-proxy.ts";
import { type LabVenue, startVenue } from "./venue.ts";

type Piece = LabProxy | LabEcho | LabVenue;

let piece: Piece | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  if (piece === undefined) {
    piece = await start(JSON.parse(line));
    tell({ type: "ready", host: piece.host, port: piece.port });
  } else {
    await follow(piece, JSON.parse(line));
  }
}
await piece?.close();
// Whatever connection is left ends with the process.
process.exit();

function start(spec: LabSpec): Promise<Piece> {
  switch (spec.kind) {
    case "http-proxy":
      return startHttpProxy(spec);
    case "tls-proxy":
      return startTlsProxy(spec);
    case "socks-proxy":
      return startSocksProxy(spec);
    case "echo":
      return startEcho(spec);
    case "venue":
      return startTellingVenue(spec);
  }
}

async function startTellingVenue(spec: LabSpec & { kind: "venue" }): Promise<LabVenue> {
  const venue = await startVenue(spec);
  venue.onEntry((entry) => tell({ type: "entry", entry }));
  return venue;
}

async function follow(on: Piece, order: LabOrder): Promise<void> {
  if (order.do === "fault") on.setFault(order.fault);
  if (order.do === "exit" && "setExit" in on) on.setExit?.(order.address);
  if (order.do === "kill" && "kill" in on) await on.kill();
  if (order.do === "revive" && "revive" in on) await on.revive();
  if (order.do === "mood" && "setMood" in on) on.setMood(order.mood);
  if (order.do === "answer" && "setAnswer" in on) on.setAnswer(order.answer ?? undefined, order.peer);
  if (order.do === "counters" && "counters" in on) tell({ type: "counters", counters: on.counters() });
  else if (order.do === "counters" && "peers" in on) tell({ type: "peers", peers: on.peers });
  else tell({ type: "done" });
}

function tell(news: LabNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}
