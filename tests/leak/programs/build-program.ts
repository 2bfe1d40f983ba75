import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LeakClient } from "../../../lib/leak-check/clients/leak-client.ts";
import { patient } from "../../patience/patience.ts";

/** A language whose programs are tried: how its client is built, and by which words it is then run. */
export interface Language {
  readonly name: string;
  /** Beside this file. */
  readonly source: string;
  /** Whose version is part of what names the build. */
  readonly compiler: readonly string[];
  build(source: string, folder: string): readonly string[];
  run(folder: string): readonly string[];
  /** The words that choose a way, and whether it can get through a TCP proxy. */
  readonly ways: Readonly<Record<string, "proxied" | "refused">>;
  /** Whether .ci/run installs the compiler, so that it must not be missing there. */
  readonly isInCi: boolean;
}

/** Go without the C library, Rust linked whole, and Java. Debian's Rust and Java are 63 and 75 packages: tried where they are, and only there. */
export const languages: readonly Language[] = [
  {
    name: "Go, static",
    source: "client.go",
    compiler: ["go", "version"],
    build: (source, folder) => ["go", "build", "-trimpath", "-o", join(folder, "client"), source],
    run: (folder) => [join(folder, "client")],
    ways: {
      http: "proxied",
      https: "proxied",
      name: "proxied",
      ipv4: "proxied",
      ipv6: "proxied",
      resolver: "refused",
      "8.8.8.8": "refused",
      udp: "refused",
    },
    isInCi: true,
  },
  {
    name: "Rust, static",
    source: "client.rs",
    compiler: ["rustc", "--version"],
    build: (source, folder) => [
      "rustc",
      "--edition=2021",
      "-Ctarget-feature=+crt-static",
      "-o",
      join(folder, "client"),
      source,
    ],
    run: (folder) => [join(folder, "client")],
    ways: {
      http: "proxied",
      name: "proxied",
      ipv4: "proxied",
      ipv6: "proxied",
      lookup: "refused",
      udp: "refused",
    },
    isInCi: false,
  },
  {
    name: "Java",
    source: "Client.java",
    compiler: ["javac", "-version"],
    build: (source, folder) => ["javac", "-d", folder, source],
    run: (folder) => ["java", "-XX:TieredStopAtLevel=1", "-cp", folder, "Client"],
    ways: {
      HttpClient: "proxied",
      HttpURLConnection: "proxied",
      Socket: "proxied",
      IPv6: "proxied",
      InetAddress: "refused",
      DatagramSocket: "refused",
    },
    isInCi: false,
  },
];

/** The ways of a language as clients of the leak check, its program built once into the user's cache; undefined where its compiler is missing. */
export function builtClients(language: Language): readonly LeakClient[] | undefined {
  const version = versionOf(language);
  if (version === undefined) return undefined;
  const folder = buildOnce(language, version);
  return Object.keys(language.ways).map((way) => ({
    name: `${language.name}: ${way}`,
    program: "other",
    words: [...language.run(folder), way],
    ...(way === "https" ? { needsTls: true } : {}),
  }));
}

function versionOf({ compiler: [file = "", ...words] }: Language): string | undefined {
  try {
    return execFileSync(file, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    // Not there, not this user's to run, or a stand-in (rustup's) for one that was never installed.
    return undefined;
  }
}

function buildOnce(language: Language, version: string): string {
  const source = fileURLToPath(new URL(language.source, import.meta.url));
  const words = language.build(source, "");
  const hash = createHash("sha256").update(readFileSync(source)).update(version).update(words.join(" "));
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "slipway-leak-programs");
  const folder = join(cache, hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  // Built beside its place and moved there whole: nobody meets half a program.
  const work = mkdtempSync(join(cache, "build-"));
  try {
    const [file = "", ...rest] = language.build(source, work);
    // Nothing of it may ask the network for code.
    const env = { ...process.env, CGO_ENABLED: "0", GO111MODULE: "off", GOTOOLCHAIN: "local" };
    execFileSync(file, rest, {
      cwd: work,
      env,
      stdio: ["ignore", "ignore", "inherit"],
      timeout: patient(80_000),
    });
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
