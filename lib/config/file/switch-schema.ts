import { parseQuietHours, writeQuietHours } from "../../domain/reputation/quiet-hours.ts";
import { type SwitchRules, switchDefaults, switchRules } from "../../domain/reputation/switch-rules.ts";
import { parseDuration, writeDuration } from "../duration.ts";
import type { LaunchConfig } from "../launch-config.ts";
import * as shape from "./shape/shape.ts";

type Rule = keyof SwitchRules;

const settable = Object.entries(switchRules).flatMap(([rule, { says }]) =>
  says === undefined ? [] : [[rule as Rule, says] as const],
);

const duration = shape
  .string()
  .refine((text) => parseDuration(text) !== undefined, "is not a duration such as 90s or 1h30m");

/** `switch:` of launch.yaml: by which rules exits are judged and left. */
export const switchSchema = shape.map({
  quiet_hours: shape
    .string()
    .refine((text) => parseQuietHours(text) !== undefined, 'is not a time such as "02:00-05:00"')
    .optional()
    .describe("When switches that can wait disturb least, by this host's clock: 02:00-05:00."),
  ...Object.fromEntries(
    settable.map(([rule, says]) => [nameOf(rule), valueOf(rule).optional().describe(says)]),
  ),
}) as shape.Shape<Readonly<Record<string, string | number | undefined>>, false>;

/** The rules that the file sets, and the others as they are by default. */
export function switchingOf(
  given: Readonly<Record<string, string | number | undefined>>,
): LaunchConfig["switching"] {
  const set = settable.flatMap(([rule]) => {
    const value = given[nameOf(rule)];
    if (value === undefined) return [];
    return [[rule, typeof value === "string" ? parseDuration(value) : value] as const];
  });
  const quiet = given["quiet_hours"];
  return {
    rules: { ...switchDefaults, ...Object.fromEntries(set) },
    quietHours: quiet === undefined ? undefined : parseQuietHours(String(quiet)),
  };
}

/** Those that are not as by default, as the file would say them. */
export function shownRules({ rules, quietHours }: LaunchConfig["switching"]): readonly string[] {
  const changed = settable.filter(([rule]) => rules[rule] !== switchDefaults[rule]);
  const shown = changed.map(
    ([rule]) => `${nameOf(rule)}: ${rule.endsWith("Ms") ? writeDuration(rules[rule]) : rules[rule]}`,
  );
  return quietHours === undefined ? shown : [`quiet_hours: ${writeQuietHours(quietHours)}`, ...shown];
}

function nameOf(rule: Rule): string {
  return rule.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function valueOf(rule: Rule): shape.Shape<string | number> {
  if (rule.endsWith("Ms")) return duration;
  return rule.endsWith("Share") || rule === "jitter" || rule === "strongWeight"
    ? shape.number().min(0).max(1)
    : shape.int().min(1).max(1_000);
}
