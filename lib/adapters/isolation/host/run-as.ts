import { execFile } from "node:child_process";
import { ConfigError } from "../../../errors.ts";

/** A user of this host that a bot can run as. */
export interface HostUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Looks a user up where the host keeps users (files, LDAP); throws ConfigError LAUNCH_CONFIG_INVALID when there is none. */
export async function findUser(name: string): Promise<HostUser> {
  const [found = "", , uid = "", gid = "", , home = "/"] = (await askGetent(name)).split(":");
  if (/^\d+$/.test(uid) && /^\d+$/.test(gid))
    return { name: found, uid: Number(uid), gid: Number(gid), home };
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `run_as is ${JSON.stringify(name)}, but this host has no such user.`,
    {
      hint: "Create the user, or correct `run_as` in launch.yaml.",
    },
  );
}

function askGetent(name: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      "getent",
      ["passwd", "--", name],
      { env: { PATH: "/usr/bin:/bin" }, timeout: 5_000 },
      (_error, stdout) => resolve(stdout.split("\n")[0] ?? ""),
    );
  });
}
