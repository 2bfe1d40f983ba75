import dns from "node:dns";
import net from "node:net";
import util from "node:util";
import { isLocalName, loopbackAddresses } from "../loopback/addresses.ts";
import { notFoundError } from "./connect-errors.ts";
import { fakeAddress } from "./fake-names.ts";

type Callback = (error: Error | null, ...results: unknown[]) => void;
type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method | undefined>;

/** Answers every question about names without asking anyone: addresses that stand for the names, and "no data" for the rest. */
export function answerNames(): void {
  answerLookups();
  for (const [target, wrap] of [
    [dns, byCallback],
    [dns.Resolver.prototype, byCallback],
    [dns.promises, byPromise],
    [dns.promises.Resolver.prototype, byPromise],
  ] as const) {
    const methods = target as unknown as Methods;
    for (const name of Object.keys(methodsOf(methods))) methods[name] = wrap(name);
  }
}

// resolve, resolve4 … resolveTxt, reverse; and lookupService, which asks for the name of an address.
function methodsOf(target: Methods): Methods {
  const names = [...Object.getOwnPropertyNames(target)];
  const asks = names.filter((name) => /^(resolve\w*|reverse|lookupService)$/.test(name));
  return Object.fromEntries(
    asks.filter((name) => typeof target[name] === "function").map((n) => [n, target[n]]),
  );
}

function answerLookups(): void {
  const { lookup: direct } = dns as unknown as { lookup: Method };
  const { lookup: directPromise } = dns.promises as unknown as { lookup: Method };
  function lookup(this: unknown, ...args: unknown[]): unknown {
    const [hostname] = args;
    const callback = args.at(-1);
    if (isAnsweredHere(hostname) || typeof callback !== "function") return Reflect.apply(direct, this, args);
    const options = args.length > 2 ? args[1] : undefined;
    const found = lookUp(hostname as string, options);
    process.nextTick(() => {
      const [first] = found;
      if (first === undefined) (callback as Callback)(notFoundError(hostname as string));
      else if (wantsAll(options)) (callback as Callback)(null, found);
      else (callback as Callback)(null, first.address, first.family);
    });
    return {};
  }
  async function lookupPromise(hostname: unknown, options?: unknown): Promise<unknown> {
    if (isAnsweredHere(hostname)) return Reflect.apply(directPromise, dns.promises, [hostname, options]);
    const found = lookUp(hostname as string, options);
    if (found.length === 0) throw notFoundError(hostname as string);
    return wantsAll(options) ? found : found[0];
  }
  Object.defineProperty(lookup, util.promisify.custom, { value: lookupPromise });
  Object.defineProperty(lookupPromise, "name", { value: "lookup" });
  Object.assign(dns, { lookup });
  Object.assign(dns.promises, { lookup: lookupPromise });
}

// Addresses need no server; what is no name at all is Node's to refuse.
function isAnsweredHere(hostname: unknown): boolean {
  return typeof hostname !== "string" || hostname === "" || net.isIP(hostname) !== 0;
}

interface Found {
  readonly address: string;
  readonly family: number;
}

// The C library may ask a server even for names below localhost.
function lookUp(hostname: string, options: unknown): readonly Found[] {
  const wish = typeof options === "object" ? (options as { family?: unknown } | null)?.family : options;
  const wanted = wish === "IPv6" ? 6 : wish === "IPv4" ? 4 : wish;
  const addresses = isLocalName(hostname) ? loopbackAddresses(hostname) : [fakeAddress(hostname)];
  return addresses
    .map((address) => ({ address, family: net.isIP(address) }))
    .filter(({ family }) => (wanted !== 4 && wanted !== 6) || family === wanted);
}

function wantsAll(options: unknown): boolean {
  return typeof options === "object" && (options as { all?: unknown } | null)?.all === true;
}

function byCallback(method: string): Method {
  return (...args) => {
    const callback = args.pop();
    if (typeof callback !== "function") throw new TypeError(`dns.${method} needs a callback`);
    process.nextTick(() => {
      const found = resolve(method, args);
      if (found instanceof Error) (callback as Callback)(found);
      else (callback as Callback)(null, found);
    });
    return {};
  };
}

function byPromise(method: string): Method {
  return async (...args) => {
    const found = resolve(method, args);
    if (found instanceof Error) throw found;
    return found;
  };
}

function resolve(method: string, [hostname, ...rest]: unknown[]): unknown {
  const asksForA =
    method === "resolve4" || (method === "resolve" && (typeof rest[0] !== "string" || rest[0] === "A"));
  if (!asksForA) return resolverError(method, String(hostname));
  const name = String(hostname);
  const address = isLocalName(name) ? "127.0.0.1" : fakeAddress(name);
  const withTtl = rest.some((part) => (part as { ttl?: unknown } | null)?.ttl === true);
  return withTtl ? [{ address, ttl: 1 }] : [address];
}

function resolverError(method: string, hostname: string): Error {
  const isReverse = method === "reverse" || method === "lookupService";
  const code = isReverse ? "ENOTFOUND" : "ENODATA";
  const syscall = isReverse ? "getHostByAddr" : `query${method.replace(/^resolve/, "")}`;
  return Object.assign(new Error(`${syscall} ${code} ${hostname}`), { code, syscall, hostname });
}
