import { dirname, join } from "node:path";
import type { HostedUnit, HostPlace } from "../../adapters/hosts/host-place.ts";
import type { LaunchConfig } from "../../config/launch-config.ts";
import { type DeclaredUnits, declaredUnits } from "../../config/load/declared-units.ts";
import { packageRoot } from "../../config/package-root.ts";
import type { DeclaredUnit } from "../../domain/desk/unit-care.ts";
import { isNamePattern } from "../../domain/text/name-pattern.ts";
import { UsageError } from "../../errors.ts";
import type { Workspace } from "../workspace.ts";

/** The units of launch.yaml that another program is to run, and what cannot run as it is declared. */
export interface HostedUnits {
  readonly units: readonly (HostedUnit & { readonly declared: DeclaredUnit })[];
  readonly refused: DeclaredUnits["refused"];
}

/**
 * The units that are named, or all of launch.yaml. The database is opened only where a pattern of the file covers accounts. Rejects
 * with UsageError LAUNCH_UNKNOWN_UNIT.
 */
export async function hostedUnits(
  config: LaunchConfig,
  openWorkspace: () => Promise<Pick<Workspace, "openStore">>,
  names: readonly string[],
): Promise<HostedUnits> {
  const hasPatterns = Object.keys(config.bots).some(isNamePattern);
  const accounts = hasPatterns ? await (await (await openWorkspace()).openStore()).accounts.list() : [];
  const declared = declaredUnits(
    config,
    accounts.map(({ name }) => name),
    names,
  );
  if (declared.units.length === 0) throw nothingToRun(config, declared);
  const units = declared.units.map((each) => ({
    kind: each.unit.kind,
    name: each.unit.name,
    graceMs: each.unit.stop.graceMs,
    declared: each,
  }));
  return {
    units: units.toSorted((left, right) => left.kind.localeCompare(right.kind)),
    refused: declared.refused,
  };
}

function nothingToRun({ file }: LaunchConfig, { refused }: DeclaredUnits): UsageError {
  const told = refused.map(({ name, why }) => `${name}: ${why}`).join(" ");
  return new UsageError("LAUNCH_UNKNOWN_UNIT", `Nothing of ${file ?? "launch.yaml"} can run. ${told}`, {
    hint: "Mend launch.yaml; `launch config check` says the same.",
  });
}

/** What every generated file says alike, for the program that runs now. */
export function hostPlace(config: LaunchConfig): HostPlace {
  const root = packageRoot();
  return {
    templates: join(root, "templates"),
    program: join(root, "bin", "launch"),
    node: process.execPath,
    cwd: config.file === undefined ? config.cwd : dirname(config.file),
    leaseTtlMs: config.lease.ttlMs,
    flags: sameConfiguration(config),
  };
}

// Such programs start with a clean environment: what variables decided here must be said by flags there.
function sameConfiguration(config: LaunchConfig): readonly string[] {
  return [
    ...(config.file === undefined ? [] : ["--config", config.file]),
    ...(config.envFile === undefined ? [] : ["--env-file", config.envFile]),
    "--state-dir",
    config.stateFolder,
  ];
}
