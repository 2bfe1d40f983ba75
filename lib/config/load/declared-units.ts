import type { DeclaredUnit } from "../../domain/desk/unit-care.ts";
import { didYouMean } from "../../domain/nearest-name.ts";
import type { UnitRef } from "../../domain/run/unit-key.ts";
import { fitsPattern, isNamePattern } from "../../domain/text/name-pattern.ts";
import { fullWord, readUnitWord, sharedName, type UnitWord } from "../../domain/text/unit-word.ts";
import { LaunchError, UsageError } from "../../errors.ts";
import type { LaunchConfig } from "../launch-config.ts";
import { botEntry, botFrom, careFor, collectorFrom } from "./units.ts";

/** What a launcher of many keeps, and what it cannot. */
export interface DeclaredUnits {
  readonly units: readonly DeclaredUnit[];
  /** Units that cannot run as they are declared, such as one whose env_file is missing. */
  readonly refused: readonly (Pick<UnitRef, "kind" | "name"> & { readonly why: string })[];
}

/**
 * The units of launch.yaml that a launcher of many keeps: all, or those whose names or patterns are given. A pattern of the file
 * covers every account of the database that has no entry of its own. With those that are wanted come all that `besides` names as `bot:NAME` or `collector:NAME`.
 * Throws UsageError for a name that is none, or is a bot's and a collector's.
 */
export function declaredUnits(
  config: LaunchConfig,
  accounts: readonly string[],
  wanted: readonly string[],
  besides: readonly string[] = [],
): DeclaredUnits {
  const collectors = Object.keys(config.collectors);
  const named = Object.keys(config.bots).filter((name) => !isNamePattern(name));
  const covered = accounts.filter((name) => !named.includes(name) && botEntry(config, name) !== undefined);
  const bots = [...named, ...covered];
  const words = wanted.map(readUnitWord);
  refuseUnknown(config, { bot: bots, collector: collectors }, wanted);
  const shared = words.find(
    ({ kind, name }) => kind === undefined && bots.includes(name) && collectors.includes(name),
  );
  if (shared !== undefined) throw sharedName(shared.name);
  const wantedOf = (kind: UnitRef["kind"], names: readonly string[]): readonly string[] =>
    words.length === 0
      ? names
      : names.filter(
          (name) =>
            besides.includes(fullWord({ kind, name })) || words.some((word) => fits(word, kind, name)),
        );
  const read = [
    ...wantedOf("collector", collectors).map((name) =>
      declare({ kind: "collector", name }, () => collectorOf(config, name)),
    ),
    ...wantedOf("bot", bots).map((name) => declare({ kind: "bot", name }, () => botOf(config, name))),
  ];
  return {
    units: read.flatMap((each) => ("unit" in each ? each : [])),
    refused: read.flatMap((each) => ("why" in each ? each : [])),
  };
}

function fits({ kind, name: pattern }: UnitWord, of: UnitRef["kind"], name: string): boolean {
  return (kind === undefined || kind === of) && fitsPattern(name, pattern);
}

function declare(
  of: Pick<UnitRef, "kind" | "name">,
  read: () => DeclaredUnit,
): DeclaredUnit | DeclaredUnits["refused"][number] {
  try {
    const declared = read();
    if (!declared.unit.tty) return declared;
    return { ...of, why: `it wants a terminal of its own: run \`launch ${wordsFor(declared)}\` in one.` };
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    return { ...of, why: error.message };
  }
}

function wordsFor({ unit: { kind, name } }: DeclaredUnit): string {
  return kind === "bot" ? `bot --account ${name}` : `collector ${name}`;
}

function collectorOf(config: LaunchConfig, name: string): DeclaredUnit {
  return { unit: collectorFrom(config, name), care: careFor(config, { kind: "collector", name }) };
}

// Without a proxy that can be used it waits for one: whoever keeps many must not end for one of them.
function botOf(config: LaunchConfig, name: string): DeclaredUnit {
  const unit = { ...botFrom(config, name), onNoProxy: "hold" as const };
  return { unit, care: careFor(config, unit) };
}

function refuseUnknown(
  config: LaunchConfig,
  named: Readonly<Record<UnitRef["kind"], readonly string[]>>,
  wanted: readonly string[],
): void {
  const known = [...named.bot, ...named.collector];
  const nothing =
    config.file === undefined
      ? "No launch.yaml was found, so nothing names a bot or collector"
      : `${config.file} names no bot or collector`;
  const isKnown = (word: UnitWord): boolean =>
    (["bot", "collector"] as const).some((kind) => named[kind].some((name) => fits(word, kind, name)));
  const stray = wanted.find((word) => !isKnown(readUnitWord(word)));
  if (known.length > 0 && stray === undefined) return;
  const patterns = Object.keys(config.bots).filter(isNamePattern);
  if (stray === undefined && patterns.length > 0)
    throw new UsageError(
      "LAUNCH_UNKNOWN_UNIT",
      `No account fits ${patterns.map((pattern) => `"${pattern}"`).join(", ")} of ${config.file ?? "launch.yaml"}.`,
      { hint: "Add one with `launch account add NAME`; `launch account ls` lists those that there are." },
    );
  const what = stray === undefined ? "" : ` "${stray}"`;
  throw new UsageError(
    "LAUNCH_UNKNOWN_UNIT",
    `${nothing}${what}.${stray === undefined ? "" : didYouMean(readUnitWord(stray).name, known)}`,
    {
      hint: 'Add them under bots: and collectors: in launch.yaml; a bot named "*" covers every account without an entry of its own.',
    },
  );
}
