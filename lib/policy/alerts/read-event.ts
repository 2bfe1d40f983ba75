import type { AlertEvent, AlertSignal } from "../../domain/alerts/alert.ts";

/** What an event of the history means for alerts; empty where it concerns nobody at night. */
export function signalsOf(event: AlertEvent): readonly AlertSignal[] {
  const read = readers[event.kind];
  return read?.(event) ?? [];
}

type Reader = (event: AlertEvent) => readonly AlertSignal[];

const readers: Readonly<Record<string, Reader>> = {
  "exit.lost": (event) => {
    const lost = { cause: lostCause(event), text: `lost ${told(event)}` };
    if (event.evidence["cause"] === "drift") return hit(event, { topic: "drift", ...lost });
    return hit(event, { topic: "switched", ...lost });
  },
  "exit.none": (event) => noExit(event),
  "switch.done": (event) => ended(event, `moved to ${event.proxyLabel ?? "another exit"}`, "switched"),
  "bot.started": (event) => ended(event, `runs on ${event.proxyLabel ?? "its exit"}`),
  "bot.stopped": stopped,
  "collector.started": (event) => ended(event, "runs"),
  "collector.stopped": stopped,
  "leak.blocked": (event) => {
    const leak = {
      topic: "leak",
      cause: `leak:${nameOf(event)}`,
      text: `was stopped: ${event.message}`,
    } as const;
    return hit(event, leak).map((signal) => ({ ...signal, isAlone: true }));
  },
  "reputation.geo_blocked": (event) =>
    hit(event, {
      topic: "geo_blocked",
      cause: `geo:${textOf(event, "venue") ?? "venue"}`,
      text: event.message,
    }),
  "account.blocked": refused,
  "account.key_refused": refused,
  "acceptance.refused": refused,
  "proxy.expiring": (event) => [
    {
      topic: "expiry",
      cause: "expiry",
      subject: event.proxyLabel ?? "a proxy",
      turn: "moment",
      text: event.message,
      at: event.at,
    },
  ],
  "incident.opened": (event) => {
    const [kind, name] = [textOf(event, "kind"), textOf(event, "name")];
    if (kind === undefined || name === undefined) return [];
    const cause = `${kind}:${name}`;
    return [{ topic: "outage", cause, subject: undefined, turn: "hit", text: event.message, at: event.at }];
  },
};

// Whoever asked for a stop knows of it, and a program that ends with 0 is done.
function stopped(event: AlertEvent): readonly AlertSignal[] {
  const code = textOf(event, "code");
  if (event.evidence["isAsked"] === true || event.evidence["exitStatus"] === 0)
    return ended(event, event.message);
  if (code === "LAUNCH_LEASE_LOST")
    return hit(event, {
      topic: "lease_lost",
      cause: `lease:${event.host}`,
      text: `was stopped: ${event.message}`,
    });
  if (code === "LAUNCH_PROXY_UNAVAILABLE" || code === "LAUNCH_HOST_OFFLINE") return noExit(event);
  return hit(event, { topic: "stopped", cause: `stopped:${event.host}`, text: `stopped: ${event.message}` });
}

function noExit(event: AlertEvent): readonly AlertSignal[] {
  const text = `has no exit and does not run: ${event.message}`;
  return hit(event, { topic: "no_exit", cause: noExitCause(event), text });
}

function refused(event: AlertEvent): readonly AlertSignal[] {
  const cause = `refused:${textOf(event, "venue") ?? "venue"}`;
  const subject = nameOf(event);
  return [{ topic: "refused", cause, subject, turn: "moment", text: event.message, at: event.at }];
}

function hit(event: AlertEvent, what: Pick<AlertSignal, "topic" | "cause" | "text">): readonly AlertSignal[] {
  return [{ ...what, subject: nameOf(event), turn: "hit", at: event.at }];
}

/** Ends what its subject is hit by; told by itself, as a moment, only under the topic given. */
function ended(event: AlertEvent, text: string, topic?: "switched"): readonly AlertSignal[] {
  const over = { cause: "moves", subject: nameOf(event), text, at: event.at } as const;
  return [{ ...over, topic: topic ?? "stopped", turn: topic === undefined ? "over" : "moment" }];
}

// Those who lose exits of one vendor share a cause, whatever each of them was told.
function lostCause(event: AlertEvent): string {
  const vendor = textOf(event, "vendor") ?? event.vendor;
  return vendor === undefined ? `proxy:${event.proxyLabel ?? nameOf(event)}` : `vendor:${vendor}`;
}

// Who starts and finds nothing has lost nothing: all of a host are told of together.
function noExitCause(event: AlertEvent): string {
  if (event.evidence["code"] === "LAUNCH_HOST_OFFLINE") return `offline:${event.host}`;
  const vendor = textOf(event, "vendor");
  return vendor === undefined ? `noexit:${event.host}` : `vendor:${vendor}`;
}

function told({ proxyLabel, message }: AlertEvent): string {
  return proxyLabel === undefined || message.startsWith(proxyLabel) ? message : `${proxyLabel}: ${message}`;
}

function nameOf({ unit, host }: AlertEvent): string {
  return unit ?? host;
}

function textOf({ evidence }: AlertEvent, key: string): string | undefined {
  const value = evidence[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}
