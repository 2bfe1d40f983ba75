import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { statusesForPeople, successUnderPm2 } from "../../errors.ts";
import { type HostedUnit, type HostPlace, searchPath } from "./host-place.ts";
import { renderTemplate } from "./render-template.ts";

/** Where pm2's entries live, and what they need beside what every generated file has. */
export interface Pm2Place extends HostPlace {
  readonly homeFolder: string;
  readonly logFolder: string;
}

/** One entry of the file: what it is called, the words of the launcher, and how long it may take. */
interface Entry {
  readonly name: string;
  readonly namespace: string;
  readonly words: readonly string[];
  readonly killTimeoutMs: number;
  readonly listenTimeoutMs: number;
}

/** The launcher's own steps around the bot's grace: cutting the relay, killing the tree, releasing the leases. */
const stopMarginMs = 5_000;
/** A cold database and a proof that is tried again for 30 s; beside it a lease may have to be waited for. */
const readyLimitMs = 75_000;
/** Many units stop at once and start a few at a time. */
const manyMarginMs = 30_000;

/** The text of an ecosystem file with an entry for each unit; `file` is only named in its comment. */
export function pm2Ecosystem(units: readonly HostedUnit[], place: Pm2Place, file: string): string {
  return ecosystem(
    units.map((unit) => entryOf(unit, place)),
    place,
    file,
  );
}

/** The same with one entry, a launcher of all these units; `names` are those that it is told of, none means all. */
export function pm2Launcher(
  units: readonly HostedUnit[],
  names: readonly string[],
  place: Pm2Place,
  file: string,
): string {
  const graceMs = Math.max(...units.map((unit) => unit.graceMs));
  const entry = {
    name: "launch",
    namespace: "launch",
    // What they write is in their own logs, once.
    words: ["up", ...names, "--no-output"],
    killTimeoutMs: graceMs + manyMarginMs,
    listenTimeoutMs: readyLimitMs + place.leaseTtlMs + manyMarginMs,
  };
  return ecosystem([entry], place, file);
}

function ecosystem(entries: readonly Entry[], place: Pm2Place, file: string): string {
  const template = (name: string) => readFileSync(join(place.templates, "pm2", name), "utf8");
  const entry = template("entry.txt");
  const texts = entries.map((each) => renderTemplate(entry, entryValues(each, place)));
  return renderTemplate(template("ecosystem.config.cjs.txt"), {
    // A line break in a file's name would end the comment.
    file: basename(file).replaceAll(/[^\w.-]/g, "_"),
    entries: texts.join("").trimEnd(),
  });
}

function entryOf({ kind, name, graceMs }: HostedUnit, { leaseTtlMs }: Pm2Place): Entry {
  return {
    name: `${kind}-${name}`,
    namespace: `${kind}s`,
    words: [...(kind === "bot" ? ["bot", "--account", name] : ["collector", name]), "--managed"],
    killTimeoutMs: graceMs + stopMarginMs,
    listenTimeoutMs: readyLimitMs + leaseTtlMs,
  };
}

function entryValues({ words, ...entry }: Entry, place: Pm2Place): Readonly<Record<string, string>> {
  const values = {
    ...entry,
    script: place.program,
    interpreter: place.node,
    args: [...words, "--success-status", String(successUnderPm2), ...place.flags],
    cwd: place.cwd,
    env: { NODE_ENV: "production", PATH: searchPath(place.node), HOME: place.homeFolder },
    finalStatuses: [successUnderPm2, ...statusesForPeople],
    outFile: join(place.logFolder, `pm2-${entry.name}.out.log`),
    errorFile: join(place.logFolder, `pm2-${entry.name}.err.log`),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
}
