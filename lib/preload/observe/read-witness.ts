import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { leaveOut } from "./watch-answers.ts";

export type WitnessAnswer = { readonly status: number; readonly body: string } | { readonly error: string };

/** No witness has more to say; a byte beyond shows the launcher that this one had. */
const mostBytes = 4_096 + 1;

/** Asks a witness as the bot itself would, over a fresh connection, and gives back the status and the first bytes; never throws, answers once. */
export function readWitness(witness: string, timeoutMs: number, done: (answer: WitnessAnswer) => void): void {
  let isDone = false;
  let stop = () => {};
  const finish = (answer: WitnessAnswer) => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    stop();
    done(answer);
  };
  const timer = setTimeout(() => finish({ error: "ETIMEDOUT" }), timeoutMs);
  timer.unref();
  const request = open(witness);
  if (request === undefined) {
    finish({ error: "ERR_INVALID_URL" });
    return;
  }
  leaveOut(request);
  stop = () => request.destroy();
  request.on("response", (response) => collect(response, finish));
  request.on("error", (error: NodeJS.ErrnoException) => finish({ error: error.code ?? error.name }));
  // A bot that has nothing left to do ends although its exit is being read.
  request.on("socket", (socket) => socket.unref());
  request.end();
}

function open(witness: string): ClientRequest | undefined {
  try {
    const { request } = witness.startsWith("https:") ? https : http;
    return request(witness, { agent: false, headers: { accept: "*/*", connection: "close" } });
  } catch {
    return undefined;
  }
}

function collect(response: IncomingMessage, finish: (answer: WitnessAnswer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const tell = () => {
    const body = Buffer.concat(chunks).subarray(0, mostBytes).toString("utf8");
    finish({ status: response.statusCode ?? 0, body });
  };
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= mostBytes) tell();
  });
  response.on("end", tell);
  response.on("error", (error: NodeJS.ErrnoException) => finish({ error: error.code ?? error.name }));
}
