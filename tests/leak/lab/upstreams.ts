import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchUpstream } from "../../../lib/leak-check/bench/leak-bench.ts";
import { runTool } from "../../../lib/leak-check/lab/site/namespace-holder.ts";
import { startLabProcess } from "../../lab/lab-process.ts";
import { builtFile } from "../../support/built.ts";
import { eventually } from "../../support/eventually.ts";
import type { LabOfTests } from "./use-leak-lab.ts";

/** Proxies beside the lab's own: two of ours, and the two that Debian ships. */
export const upstreamNames = ["proxy-chain", "socks5", "microsocks", "tinyproxy"] as const;
export type UpstreamName = (typeof upstreamNames)[number];

/** A proxy in the lab's internet, with an exit of its own. */
export interface StartedUpstream {
  readonly upstream: BenchUpstream;
  readonly exit: string;
  close(): Promise<void>;
}

// What the configuration of tinyproxy can spell.
const credential = { user: "lab", secret: "p4ssw0rd" };

/** Starts one of them. */
export async function startUpstream(name: UpstreamName, here: LabOfTests): Promise<StartedUpstream> {
  const place = upstreamNames.indexOf(name);
  const [port, exit] = [4_000 + place, `198.51.100.${20 + place}`];
  const host = here.lab.addresses.proxyHost;
  const scheme = name === "socks5" || name === "microsocks" ? "socks5" : "http";
  const upstream: BenchUpstream = { scheme, host, port, ...credential };
  const close =
    name === "proxy-chain" || name === "socks5"
      ? await startOurs(here, upstream, exit)
      : await startDebians(here, upstream, { exit, name });
  return { upstream, exit, close };
}

async function startOurs(
  { lab }: LabOfTests,
  { scheme, host, port, user, secret }: BenchUpstream,
  exitAddress: string,
): Promise<() => Promise<void>> {
  const kind = scheme === "http" ? "http-proxy" : "socks-proxy";
  const names = { [lab.addresses.targetName]: lab.addresses.target };
  const spec = { kind, listen: { host, port }, exitAddress, user, pass: secret, names } as const;
  const piece = await startLabProcess(spec, builtFile("tests/lab/main.js"), lab.internet);
  return () => piece.close();
}

async function startDebians(
  { lab, folder }: LabOfTests,
  { host, port, user, secret }: BenchUpstream,
  { exit, name }: { readonly exit: string; readonly name: string },
): Promise<() => Promise<void>> {
  const config = join(folder, "tinyproxy.conf");
  const settings = [
    `Port ${port}`,
    `Listen ${host}`,
    `Bind ${exit}`,
    `BasicAuth ${user} ${secret}`,
    "Timeout 60",
  ];
  writeFileSync(config, `${settings.join("\n")}\n`);
  const words =
    name === "tinyproxy"
      ? ["tinyproxy", "-d", "-c", config]
      : ["microsocks", "-i", host, "-p", String(port), "-u", user, "-P", secret, "-b", exit];
  const [file = "", ...args] = [...lab.internet, ...words];
  const child = spawn(file, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  await eventually(
    () => runTool([...lab.internet, "ss", "-Hltn"]),
    (listeners) => listeners.includes(`:${port} `),
  );
  return async () => {
    child.kill("SIGKILL");
    await ended;
  };
}
