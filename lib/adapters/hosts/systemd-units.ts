import { readFileSync } from "node:fs";
import { join } from "node:path";
import { statusesForPeople, statusesOfSignals, UsageError } from "../../errors.ts";
import { type HostPlace, searchPath } from "./host-place.ts";
import { renderTemplate } from "./render-template.ts";

/** What systemd's units need beside what every generated file has. */
export interface SystemdPlace extends HostPlace {
  readonly manager: "user" | "system";
  /** Whom the units of the system manager run as. */
  readonly user: string;
  /** The file of the master keys that the unit hands over; undefined where there is none. */
  readonly keyFile: string | undefined;
  /** Slipway keeps the database itself. */
  readonly hasDatabase: boolean;
  readonly stateFolder: string;
  /** What the slowest unit of launch.yaml may take to stop. */
  readonly longestGraceMs: number;
}

/** The database of the embedded kind gets a unit of its own; the others want it. */
const databaseUnit = "launch-db.service";
/** A cold database, and the proof of an exit that is tried again; beside it a lease may have to be waited for. */
const startSeconds = 165;
/** Many units stop at once, and the leases are released. */
const stopMarginSeconds = 30;

// What the kernel tier builds on stays allowed: namespaces, mounts inside them and a whole /proc (docs/engines/systemd.md, Hardening).
const hardening: Readonly<Record<SystemdPlace["manager"], readonly string[]>> = {
  user: ["NoNewPrivileges=yes", "LockPersonality=yes", "RestrictRealtime=yes", "RestrictSUIDSGID=yes"],
  system: [
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "ProtectSystem=full",
    "ProtectKernelModules=yes",
  ],
};

/** The units for the whole of launch.yaml, for one bot, for one collector, and for the database where Slipway keeps it. */
export function systemdUnits(place: SystemdPlace) {
  const launcher = (name: string, description: string, words: readonly string[], reload?: string) => ({
    name,
    text: render("launcher", place, {
      ...shared(place),
      description,
      dependencies: dependencies(place),
      credential: credential(place),
      // What .env says of a key file is for people who type commands.
      start: commandLine(place, [...words, ...(place.keyFile === undefined ? [] : ["--key-file", "\0key"])]),
      reload: reload === undefined ? "" : `ExecReload=${commandLine(place, [reload])}`,
      startSeconds: String(startSeconds + Math.ceil(place.leaseTtlMs / 1_000)),
      stopSeconds: String(Math.ceil(place.longestGraceMs / 1_000) + stopMarginSeconds),
    }),
  });
  const bot = ["bot", "--account", instance, "--managed"];
  const units = [
    launcher(
      "launch.service",
      "All bots and collectors of Slipway's launch.yaml",
      ["up", "--no-output"],
      "reload",
    ),
    launcher("launch-bot@.service", "The bot of account %i, on its own exit IP", bot),
    launcher("launch-collector@.service", "The collector %i", ["collector", instance, "--managed"]),
  ];
  if (!place.hasDatabase) return units;
  const values = {
    ...shared(place),
    dependencies: place.manager === "system" ? "After=local-fs.target" : "",
    start: commandLine(place, ["db", "serve"]),
  };
  return [...units, { name: databaseUnit, text: render("database", place, values) }];
}

/** Words of a command line that systemd fills in; in what a person has typed it would find nothing to fill. */
const filled = { "\0instance": "%i", "\0key": `\${CREDENTIALS_DIRECTORY}/launch-keys` } as const;
const instance = "\0instance";

// A line of the template that a variant has nothing for goes away.
function render(
  name: "launcher" | "database",
  { templates }: SystemdPlace,
  values: Readonly<Record<string, string>>,
): string {
  const template = readFileSync(join(templates, "systemd", `${name}.service.txt`), "utf8");
  const kept = template
    .split("\n")
    .filter(
      (line, index, lines) =>
        !isEmpty(line, values) && !(line.startsWith("#") && isEmpty(lines[index + 1], values)),
    );
  const used = kept.join("\n");
  const given = Object.entries(values).filter(([key]) => used.includes(`{{${key}}}`));
  return renderTemplate(used, Object.fromEntries(given));
}

function isEmpty(line: string | undefined, values: Readonly<Record<string, string>>): boolean {
  const [, key] = /^\{\{(\w+)\}\}$/.exec(line ?? "") ?? [];
  return key !== undefined && values[key] === "";
}

function shared(place: SystemdPlace) {
  return {
    account: place.manager === "system" ? `User=${plain(place.user)}` : "",
    cwd: plain(place.cwd),
    environment: `Environment=${[`NODE_ENV=production`, `PATH=${searchPath(place.node)}`].map(quoted).join(" ")}`,
    preventStatuses: statusesForPeople.join(" "),
    signalStatuses: statusesOfSignals.join(" "),
    hardening: hardening[place.manager].join("\n"),
    wantedBy: place.manager === "system" ? "multi-user.target" : "default.target",
  };
}

function dependencies({ manager, hasDatabase }: SystemdPlace): string {
  const units = [
    ...(manager === "system" ? ["network-online.target"] : []),
    ...(hasDatabase ? [databaseUnit] : []),
  ].join(" ");
  return units === "" ? "" : `Wants=${units}\nAfter=${units}`;
}

// A bot runs as the same user as its launcher and must not read the file either: the state folder is hidden from it anyway.
function credential({ keyFile, stateFolder }: SystemdPlace): string {
  if (keyFile === undefined) return "";
  const load = `LoadCredential=launch-keys:${plain(keyFile)}`;
  return keyFile.startsWith(`${stateFolder}/`) ? load : `${load}\nInaccessiblePaths=-${plain(keyFile)}`;
}

function commandLine({ node, program, flags }: SystemdPlace, words: readonly string[]): string {
  return [node, program, ...words, ...flags]
    .map((word) => filled[word as keyof typeof filled] ?? quoted(word).replaceAll("$", "$$$$"))
    .join(" ");
}

// Of a quoted word systemd takes a backslash for an escape and % for a specifier.
function quoted(word: string): string {
  const text = plain(word);
  if (/^[\w%@+=:,./-]+$/.test(text)) return text;
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

// A whole line is taken as it stands but for specifiers; a last backslash would join it with the next one.
function plain(text: string): string {
  if (/\p{Cc}|\\$/u.test(text))
    throw new UsageError(
      "LAUNCH_INVALID_VALUE",
      `${JSON.stringify(text)} cannot stand in a unit of systemd: it has a control character, or ends with a backslash.`,
      { hint: "Rename the file or folder." },
    );
  return text.replaceAll("%", "%%");
}
