import { z } from "zod";
import { parseQuietHours, writeQuietHours } from "../../domain/reputation/quiet-hours.ts";
import { type SwitchRules, switchDefaults } from "../../domain/reputation/switch-rules.ts";
import { parseDuration, writeDuration } from "../duration.ts";
import type { LaunchConfig } from "../launch-config.ts";

type Key = Exclude<keyof SwitchRules, "tenMinutesMs" | "dayMs">;

const words: Readonly<Record<Key, string>> = {
  perTenMinutes: "Planned switches of one account in ten minutes.",
  perDay: "Planned switches of one account in 24 hours.",
  fleetShare:
    "The share of the running accounts that may begin a switch within fleet_window; at least one may.",
  fleetLeastLost: "... of accounts that lost their exits at least so many may.",
  fleetWindowMs: "See fleet_share.",
  guardWindowMs: "An incident is seen in the failures of this time.",
  incidentHoldMs: "An incident lasts so long after it was last seen.",
  venueShare: "A venue has an incident when this share of its running accounts fails.",
  venueLeast: "... and at least so many, on different exits.",
  vendorShare: "A vendor has an incident when this share of its exits in use fails.",
  vendorLeast: "... and at least so many.",
  hostLeast: "This host has an incident when it reaches none of at least so many vendors.",
  limitedMs: "A rate limit that names no time.",
  bannedMs: "A ban that names no time; doubled by each one more.",
  blockedMs: "A block by a venue's firewall; doubled by each one more.",
  burnedCapMs: "The longest of these.",
  untilShare: "This share is added to a time that a venue names.",
  untilExtraMs: "... and so much more.",
  jitter: "The share of a wait that is random.",
  mostFailures: "After so many bans an exit stays out until an operator revives it.",
  holdMaxMs: "A ban that ends within this time is waited for on the same exit.",
  strongWeight: "Evidence of at least this weight counts alone.",
  repeats: "So many blocks by a firewall within repeats_within are one burn.",
  repeatsWithinMs: "See repeats.",
  confirmWithinMs: "Two weak channels confirm one another within this time.",
  ownFaultMs: "A ban so shortly after a rate limit of the same bot is its own doing.",
  backOffMs: "How long such a bot is stopped before it moves; doubled by each one more of a day.",
  backOffCapMs: "The longest of these.",
  toldEveryMs: "The same trouble of an account is told again only after this.",
  probationMs: "An exit on probation is clear after so long in use without trouble.",
  idleProbationMs: "... or after so long unused with good probes.",
  forgiveMs: "So long in use without trouble takes one failure off.",
  probationProbeMs: "Probes of an exit on probation come in this distance.",
  preflight: "Candidates that are tried in one decision.",
  slowBurnShare: "An exit of which a smaller share of connections works is left when it is quiet.",
  slowBurnMs: "... measured over this time.",
  slowBurnLeast: "... and over at least so many connections.",
};

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, "is not a duration such as 90s or 1h30m");

/** `switch:` of launch.yaml: by which rules exits are judged and left. */
export const switchSchema = z.strictObject({
  quiet_hours: z
    .string()
    .refine((text) => parseQuietHours(text) !== undefined, 'is not a time such as "02:00-05:00"')
    .optional()
    .describe("When switches that can wait disturb least, by this host's clock: 02:00-05:00."),
  ...Object.fromEntries(
    Object.entries(words).map(([key, text]) => [
      nameOf(key),
      valueOf(key as Key)
        .optional()
        .describe(text),
    ]),
  ),
}) as z.ZodType<Readonly<Record<string, string | number | undefined>>>;

/** The rules that the file sets, and the others as they are by default. */
export function switchingOf(
  given: Readonly<Record<string, string | number | undefined>>,
): LaunchConfig["switching"] {
  const set = Object.keys(words).flatMap((key) => {
    const value = given[nameOf(key)];
    if (value === undefined) return [];
    return [[key, typeof value === "string" ? parseDuration(value) : value] as const];
  });
  const quiet = given["quiet_hours"];
  return {
    rules: { ...switchDefaults, ...Object.fromEntries(set) },
    quietHours: quiet === undefined ? undefined : parseQuietHours(String(quiet)),
  };
}

/** Those that are not as by default, as the file would say them. */
export function shownRules({ rules, quietHours }: LaunchConfig["switching"]): readonly string[] {
  const changed = (Object.keys(words) as Key[]).filter((key) => rules[key] !== switchDefaults[key]);
  const shown = changed.map(
    (key) => `${nameOf(key)}: ${key.endsWith("Ms") ? writeDuration(rules[key]) : rules[key]}`,
  );
  return quietHours === undefined ? shown : [`quiet_hours: ${writeQuietHours(quietHours)}`, ...shown];
}

function nameOf(key: string): string {
  return key.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function valueOf(key: Key): z.ZodType<string | number> {
  if (key.endsWith("Ms")) return duration;
  return key.endsWith("Share") || key === "jitter" || key === "strongWeight"
    ? z.number().min(0).max(1)
    : z.number().int().min(1).max(1_000);
}
