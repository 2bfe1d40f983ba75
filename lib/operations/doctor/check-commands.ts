import type { HostInspector } from "../../ports/host-inspector.ts";
import { type Finding, fine, uncertain } from "./finding.ts";

/** The commands that bots and the embedded database use when they are there; both are Debian's util-linux. */
const helpfulCommands = [
  {
    name: "setpriv",
    without: "if a launcher is killed, its bot can live on until the next start finds it",
  },
  { name: "flock", without: "the embedded database has no lock that ends with its server" },
] as const;

/** Looks for each command on PATH; a missing one is uncertain, never a failure. */
export async function checkCommands(inspector: HostInspector): Promise<readonly Finding[]> {
  return await Promise.all(
    helpfulCommands.map(async ({ name, without }) => {
      const path = await inspector.findCommand(name);
      if (path !== undefined) return fine(name, path);
      return uncertain(name, `not installed: ${without}`, "apt-get install util-linux");
    }),
  );
}
