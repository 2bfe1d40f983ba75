import { join, resolve } from "node:path";
import type { ContainerPlace, HandedFile } from "../../../adapters/hosts/containers/contained.ts";
import type { LaunchConfig } from "../../../config/launch-config.ts";
import type { Workspace } from "../../workspace.ts";
import { hostedUnits } from "../host-place.ts";
import { type EngineFile, engineFile } from "../write-planned.ts";
import { containedUnits, unenforced } from "./contained-units.ts";
import { type ContainerWish, containerPlace } from "./container-place.ts";

/** Secrets that the engine must be given before it starts what was generated. */
export interface EngineSecret {
  readonly name: string;
  readonly files: readonly HandedFile[];
}

/** What a generator made for an engine of containers. */
export interface EngineFiles {
  readonly files: readonly EngineFile[];
  readonly units: readonly { readonly kind: "bot" | "collector"; readonly name: string }[];
  readonly secrets: readonly EngineSecret[];
  readonly warnings: readonly string[];
}

/** What an operator asks of a generator. */
export interface EngineWish {
  readonly names: readonly string[];
  readonly image: string;
  readonly tier: ContainerPlace["tier"];
  /** A folder; undefined: nothing is to be written. */
  readonly out: string | undefined;
}

/** How the files of one engine come about. */
export interface EngineKind extends Pick<ContainerWish, "credentials" | "isOfManyHosts"> {
  /** The command that makes them. */
  readonly command: string;
  make(
    units: Awaited<ReturnType<typeof containedUnits>>,
    place: ContainerPlace,
  ): {
    readonly files: readonly { readonly name: string; readonly text: string }[];
    readonly secrets: readonly EngineSecret[];
  };
}

/** Makes an engine's files from launch.yaml; rejects with UsageError and ConfigError where they could not work. */
export async function engineFiles(
  config: LaunchConfig,
  openWorkspace: () => Promise<Pick<Workspace, "openStore">>,
  wish: EngineWish,
  kind: EngineKind,
): Promise<EngineFiles> {
  const hosted = await hostedUnits(config, openWorkspace, wish.names);
  const declared = hosted.units.map(({ declared: { unit } }) => unit);
  const { place, warnings } = containerPlace(config, declared, { ...wish, ...kind });
  const units = await containedUnits(config, hosted, { tier: wish.tier, command: kind.command });
  const { files, secrets } = kind.make(units, place);
  const folder = wish.out === undefined ? undefined : resolve(config.cwd, wish.out);
  const marked = files.map(({ name, text }) =>
    engineFile(name, folder && join(folder, name), {
      text,
      comment: "#",
      command: kind.command,
      mode: 0o644,
    }),
  );
  return {
    files: await Promise.all(marked),
    units: hosted.units.map(({ kind: of, name }) => ({ kind: of, name })),
    secrets,
    warnings: [
      ...hosted.refused.map(({ name, why }) => `${name} was left out: ${why}`),
      ...unenforced(hosted),
      ...warnings,
    ],
  };
}
