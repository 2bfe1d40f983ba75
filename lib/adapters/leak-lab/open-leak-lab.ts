import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Arrival, LeakLab, LeakLabFactory } from "../../ports/leaks/leak-lab.ts";
import type { TargetCertificate } from "./internet/web-target.ts";
import { labAddresses } from "./lab-addresses.ts";
import { makeLabCertificate } from "./lab-certificate.ts";
import { labFailed, namespaceEnvironment } from "./namespace-holder.ts";
import { type Opener, openSite, type Site, siteFiles } from "./site.ts";
import { readMeter } from "./uplink-meter.ts";

/** What the internet's process is told on its first line. */
export interface InternetSpec {
  readonly certificate: TargetCertificate | undefined;
  readonly credential: { readonly user: string; readonly secret: string };
}

export interface LeakLabOptions {
  readonly opener: Opener;
  /** The compiled lib/adapters/leak-lab/internet.js. */
  readonly internetFile: string;
}

/** Labs of Linux namespaces; rootless wherever user namespaces are allowed. */
export function leakLabFactory(options: LeakLabOptions): LeakLabFactory {
  return { open: () => openLeakLab(options) };
}

async function openLeakLab({ opener, internetFile }: LeakLabOptions): Promise<LeakLab> {
  if (process.platform !== "linux") throw labFailed("network namespaces are Linux's");
  const folder = mkdtempSync(join(tmpdir(), "slipway-lab-"));
  let site: Site | undefined;
  try {
    for (const [name, text] of Object.entries(siteFiles)) writeFileSync(join(folder, name), text);
    const certificate = await makeLabCertificate(folder);
    site = await openSite(opener, folder);
    const proxy = { user: "lab", secret: randomUUID() };
    const internet = await startInternet([...site.internet, process.execPath, internetFile], {
      certificate: certificate && {
        cert: readFileSync(certificate.certFile, "utf8"),
        key: readFileSync(certificate.keyFile, "utf8"),
      },
      credential: proxy,
    });
    return labOf({ site, internet, folder, proxy, caFile: certificate?.certFile });
  } catch (error) {
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

interface LabParts {
  readonly site: Site;
  readonly internet: Internet;
  readonly folder: string;
  readonly proxy: LeakLab["proxy"];
  readonly caFile: string | undefined;
}

function labOf({ site, internet, folder, proxy, caFile }: LabParts): LeakLab {
  return {
    botSide: site.botSide,
    internet: site.internet,
    addresses: labAddresses,
    caFile,
    proxy,
    meter: () => readMeter(site.internet),
    arrivals: () => internet.arrivals(),
    async close() {
      await internet.close();
      await site.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Internet {
  arrivals(): Promise<readonly Arrival[]>;
  close(): Promise<void>;
}

async function startInternet(words: readonly string[], spec: InternetSpec): Promise<Internet> {
  const [file = "", ...args] = words;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], env: namespaceEnvironment });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const ask = async (message: unknown): Promise<string> => {
    const answer = nextLine(lines, ended);
    child.stdin.write(`${JSON.stringify(message)}\n`);
    return await answer;
  };
  await ask(spec);
  return {
    arrivals: async () => JSON.parse(await ask("arrivals")),
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

async function nextLine(lines: Interface, ended: Promise<void>): Promise<string> {
  const over = new AbortController();
  try {
    const [line] = await Promise.race([
      once(lines, "line", { signal: over.signal }),
      ended.then((): string[] => []),
    ]);
    if (line === undefined) throw labFailed("its internet ended");
    return line;
  } finally {
    over.abort();
  }
}
