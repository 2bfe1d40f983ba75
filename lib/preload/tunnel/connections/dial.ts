import net, { type Socket } from "node:net";
import { connectError, refusalError, type Target } from "../names/connect-errors.ts";
import type { NativeHandle, OpenSocket } from "../node/internals.ts";
import type { RelayAddress } from "./relay-address.ts";

/** What a dial ends with: a native handle that is connected to the target, with bytes that came early, or an error. */
export type Dialed = { readonly handle: NativeHandle; readonly early: Buffer } | { readonly error: Error };

/** Marks the tunnel's own sockets to the relay, so that connect() leaves them alone. */
export const toRelay = Symbol("slipway.to-relay");

/** The longest answer of the relay that is read. */
const mostAnswerBytes = 16_384;

/** A dial under way. */
export interface Dialling {
  destroy(): void;
  /** Whether it keeps the process alive. */
  setRef(isRef: boolean): void;
}

/** Asks the relay for one target after the other until one is reached; `done` is called once, with the first one's error if none is, unless the dial is destroyed before. */
export function dialFirst(
  relay: RelayAddress,
  targets: readonly Target[],
  done: (dialed: Dialed, target: Target) => void,
): Dialling {
  let isRef = true;
  let firstFailure: Dialed | undefined;
  const [first = { host: "localhost", port: 0 }, ...others] = targets;
  let raw = dial(relay, first, (dialed) => settle(dialed, first));
  const settle = (dialed: Dialed, target: Target) => {
    if ("error" in dialed) firstFailure ??= dialed;
    const next = others.shift();
    if (!("error" in dialed) || next === undefined) {
      done("error" in dialed ? (firstFailure ?? dialed) : dialed, target);
      return;
    }
    raw = dial(relay, next, (later) => settle(later, next));
    if (!isRef) raw.unref();
  };
  return {
    destroy: () => raw.destroy(),
    setRef(wanted) {
      isRef = wanted;
      if (wanted) raw.ref();
      else raw.unref();
    },
  };
}

function dial(relay: RelayAddress, target: Target, done: (dialed: Dialed) => void): Socket {
  const raw = Object.assign(new net.Socket(), { [toRelay]: true });
  const fail = (error: Error) => {
    stop();
    raw.destroy();
    done({ error });
  };
  const onData = (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    const read = readAnswer(answer);
    if (read === undefined) return;
    if (read.kind === "refused") return fail(refusalError(read.status, read.body, target));
    stop();
    done({ handle: takeHandle(raw), early: read.early });
  };
  // The relay is gone, or cut the connection: an answer that ended early still says why.
  const onClose = () => {
    const read = readAnswer(answer, true);
    fail(
      read?.kind === "refused"
        ? refusalError(read.status, read.body, target)
        : connectError("ECONNRESET", target),
    );
  };
  const onError = (error: NodeJS.ErrnoException) => fail(connectError(error.code ?? "ECONNRESET", target));
  const stop = () =>
    raw
      .off("data", onData)
      .off("close", onClose)
      .off("error", onError)
      .on("error", () => {});
  let answer: Buffer = Buffer.alloc(0);
  raw.on("data", onData).on("close", onClose).on("error", onError);
  raw.connect({ host: relay.host, port: relay.port, autoSelectFamily: false } as net.TcpSocketConnectOpts);
  raw.setNoDelay(true);
  raw.write(connectRequest(relay, target));
  return raw;
}

function connectRequest(relay: RelayAddress, { host, port }: Target): string {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const authorization =
    relay.authorization === undefined ? "" : `Proxy-Authorization: ${relay.authorization}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`;
}

type Answer =
  | { readonly kind: "connected"; readonly early: Buffer }
  | { readonly kind: "refused"; readonly status: number; readonly body: string };

function readAnswer(bytes: Buffer, isWhole = false): Answer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0)
    return bytes.length > mostAnswerBytes
      ? { kind: "refused", status: 0, body: "an endless head" }
      : undefined;
  const head = bytes.toString("latin1", 0, end);
  const rest = bytes.subarray(end + 4);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  if (status >= 200 && status <= 299) return { kind: "connected", early: rest };
  const length = Math.min(Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0), mostAnswerBytes);
  const isComplete = isWhole || rest.length >= length;
  return isComplete ? { kind: "refused", status, body: rest.toString("utf8", 0, length) } : undefined;
}

// From here on the bytes belong to the caller's socket: reading stops before another one is lost to this one.
function takeHandle(raw: Socket): NativeHandle {
  const open = raw as unknown as OpenSocket;
  const handle = open._handle;
  if (handle === null) throw new Error("a connected socket has no handle");
  handle.reading = false;
  handle.readStop();
  open._handle = null;
  return handle;
}
