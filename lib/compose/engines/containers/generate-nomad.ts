import { type NomadShape, nomadJobs } from "../../../adapters/hosts/containers/nomad-job.ts";
import type { LaunchConfig } from "../../../config/launch-config.ts";
import type { Workspace } from "../../workspace.ts";
import { type EngineFiles, type EngineWish, engineFiles } from "./engine-files.ts";

/** Makes a file for each job; the secrets are Nomad's Variables. */
export async function generateNomad(
  config: LaunchConfig,
  openWorkspace: () => Promise<Pick<Workspace, "openStore">>,
  wish: EngineWish & NomadShape,
): Promise<EngineFiles> {
  return await engineFiles(config, openWorkspace, wish, {
    command: "launch generate nomad",
    credentials: "/secrets",
    isOfManyHosts: true,
    make(units, place) {
      const jobs = nomadJobs(units, place, wish);
      return {
        files: jobs.map(({ name, text }) => ({ name: `${name}.nomad.hcl`, text })),
        secrets: jobs.map(({ variable }) => variable),
      };
    },
  });
}
