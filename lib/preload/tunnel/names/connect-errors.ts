import util from "node:util";
import { isLoopbackIp } from "../loopback/addresses.ts";

export interface Target {
  readonly host: string;
  readonly port: number;
}

const errnoOf = new Map([...util.getSystemErrorMap()].map(([errno, [name]]) => [name, errno]));

/** The error that Node itself would give a failed connect; what the relay said is its cause. */
export function connectError(code: string, { host, port }: Target, why?: string): Error {
  const facts = { errno: errnoOf.get(code), code, syscall: "connect", address: host, port };
  return Object.assign(new Error(`connect ${code} ${host}:${port}`, because(why)), facts);
}

/** The error of a name that nobody knows; the proxy looked it up. */
export function notFoundError(hostname: string, why?: string): Error {
  const facts = {
    errno: errnoOf.get("ENOTFOUND") ?? -3008,
    code: "ENOTFOUND",
    syscall: "getaddrinfo",
    hostname,
  };
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`, because(why)), facts);
}

const codeOfFailure: Readonly<Record<string, string>> = {
  refused: "ECONNREFUSED",
  timeout: "ETIMEDOUT",
  reset: "ECONNRESET",
};

/** Turns the relay's refusal of a CONNECT into Node's words; its body begins "target refused: …" with scope and kind. */
export function refusalError(status: number, body: string, target: Target): Error {
  const why = body.trim() || `the relay answered ${status}`;
  const [, scope, kind = ""] = /^(upstream|target) (\w+):/.exec(body) ?? [];
  if (scope === "target" && kind === "dns") return notFoundError(target.host, why);
  if (status === 502) return connectError(codeOfFailure[kind] ?? "ECONNRESET", target, why);
  // A port of this host that is not listed as `local` is to the bot a port where nobody listens.
  if (status === 403 && isLoopbackIp(target.host)) return connectError("ECONNREFUSED", target, why);
  return connectError(codeOfStatus[status] ?? "ECONNREFUSED", target, why);
}

// 403: a private target that is not listed as `local`; 504: proxies that answer CONNECT late.
const codeOfStatus: Readonly<Record<number, string>> = { 403: "EHOSTUNREACH", 504: "ETIMEDOUT" };

function because(why: string | undefined): ErrorOptions | undefined {
  return why === undefined ? undefined : { cause: new Error(why) };
}
