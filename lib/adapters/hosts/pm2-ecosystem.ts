import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { renderTemplate } from "./render-template.ts";

/** A bot or collector as pm2 is to run it: by its name only. */
export interface HostedUnit {
  readonly kind: "bot" | "collector";
  readonly name: string;
  /** What the launcher may take to stop the bot. */
  readonly graceMs: number;
}

/** The same for every entry of the file; all paths absolute. */
export interface HostPlace {
  readonly templates: string;
  /** The executable of Slipway, and the Node that runs it. */
  readonly program: string;
  readonly node: string;
  readonly cwd: string;
  readonly homeFolder: string;
  readonly logFolder: string;
  /** Flags that make the launcher read the same configuration as whoever generated the file. */
  readonly flags: readonly string[];
}

/** The launcher's own steps around the bot's grace: cutting the relay, killing the tree, releasing the leases. */
const stopMarginMs = 5_000;
/** A cold database, a lease to wait for (one TTL of 15 s) and a proof that is tried again for 30 s. */
const readyLimitMs = 90_000;

/** The text of an ecosystem file; `file` is only named in its comment. */
export function pm2Ecosystem(units: readonly HostedUnit[], place: HostPlace, file: string): string {
  const template = (name: string) => readFileSync(join(place.templates, "pm2", name), "utf8");
  const entry = template("entry.txt");
  const entries = units.map((unit) => renderTemplate(entry, entryValues(unit, place)));
  return renderTemplate(template("ecosystem.config.cjs.txt"), {
    // A line break in a file's name would end the comment.
    file: basename(file).replaceAll(/[^\w.-]/g, "_"),
    entries: entries.join("").trimEnd(),
  });
}

function entryValues(unit: HostedUnit, place: HostPlace): Readonly<Record<string, string>> {
  const name = `${unit.kind}-${unit.name}`;
  const words = unit.kind === "bot" ? ["bot", "--account", unit.name] : ["collector", unit.name];
  const values = {
    name,
    namespace: `${unit.kind}s`,
    script: place.program,
    interpreter: place.node,
    args: [...words, "--managed", ...place.flags],
    cwd: place.cwd,
    env: { NODE_ENV: "production", PATH: searchPath(place.node), HOME: place.homeFolder },
    killTimeoutMs: unit.graceMs + stopMarginMs,
    listenTimeoutMs: readyLimitMs,
    outFile: join(place.logFolder, `pm2-${name}.out.log`),
    errorFile: join(place.logFolder, `pm2-${name}.err.log`),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
}

// The folder of the Node in use comes first, so that `command: [node, …]` means the same one.
function searchPath(node: string): string {
  return [...new Set([join(node, ".."), "/usr/local/bin", "/usr/bin", "/bin"])].join(":");
}
