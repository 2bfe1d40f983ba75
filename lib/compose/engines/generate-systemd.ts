import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { HostedUnit } from "../../adapters/hosts/host-place.ts";
import { type SystemdPlace, systemdUnits } from "../../adapters/hosts/systemd-units.ts";
import type { LaunchConfig } from "../../config/launch-config.ts";
import { hostPlace } from "./host-place.ts";
import { type EngineFile, engineFile } from "./write-planned.ts";

/** For whom the units are, and where they go. */
export interface SystemdWish {
  readonly units: readonly HostedUnit[];
  readonly manager: SystemdPlace["manager"];
  readonly runAs: string | undefined;
  /** A folder; undefined: nothing is to be written. */
  readonly out: string | undefined;
}

/** Makes the units; the plans are what writing them would do. */
export async function generateSystemd(
  config: LaunchConfig,
  { units, manager, runAs, out }: SystemdWish,
): Promise<readonly EngineFile[]> {
  const { keys, database, stateFolder } = config;
  const keyFile = keys.kind === "file" ? keys.path : undefined;
  // A user's manager cannot cover a file, which a bot of the same user could then read: the launcher hides the one it reads itself.
  const isReadByLauncher =
    manager === "user" && keyFile !== undefined && !keyFile.startsWith(`${stateFolder}/`);
  const host = hostPlace(config);
  const place = {
    ...host,
    flags: isReadByLauncher ? [...host.flags, "--key-file", keyFile] : host.flags,
    manager,
    stateFolder,
    user: runAs ?? userInfo().username,
    keyFile: isReadByLauncher ? undefined : keyFile,
    hasDatabase: database.kind === "embedded",
    longestGraceMs: Math.max(...units.map(({ graceMs }) => graceMs)),
  };
  const folder = out === undefined ? undefined : resolve(config.cwd, out);
  // Units hold no secret, and systemd warns of those that only their owner may read.
  const same = { comment: "#", command: "launch generate systemd", mode: 0o644 };
  return await Promise.all(
    systemdUnits(place).map(({ name, text }) =>
      engineFile(name, folder && join(folder, name), { ...same, text }),
    ),
  );
}
