import {
  type KubernetesShape,
  kubernetesFile,
} from "../../../adapters/hosts/containers/kubernetes-objects.ts";
import type { LaunchConfig } from "../../../config/launch-config.ts";
import { UsageError } from "../../../errors.ts";
import type { Workspace } from "../../workspace.ts";
import { type EngineFiles, type EngineWish, engineFiles } from "./engine-files.ts";

/** What an operator of a cluster asks for. */
export interface KubernetesWish extends EngineWish {
  /** One launcher of all units in place of one each. */
  readonly isOne: boolean;
  /** `key=value`, the label of the nodes that the one launcher may run on. */
  readonly pool: string | undefined;
}

/** Makes the file for a cluster. */
export async function generateKubernetes(
  config: LaunchConfig,
  openWorkspace: () => Promise<Pick<Workspace, "openStore">>,
  wish: KubernetesWish,
): Promise<EngineFiles & { readonly deployments: readonly string[] }> {
  const shape = shapeOf(wish);
  let deployments: readonly string[] = [];
  const made = await engineFiles(config, openWorkspace, wish, {
    command: "launch generate kubernetes",
    credentials: "/run/credentials",
    isOfManyHosts: true,
    make(units, place) {
      const { text, ...rest } = kubernetesFile(units, place, shape);
      ({ deployments } = rest);
      return { files: [{ name: "slipway.yaml", text }], secrets: rest.secrets };
    },
  });
  return { ...made, deployments };
}

function shapeOf({ isOne, names, pool }: KubernetesWish): KubernetesShape {
  if (!isOne && pool !== undefined)
    throw new UsageError(
      "LAUNCH_USAGE",
      "--pool says where one launcher of all units runs: it needs --one.",
      {
        hint: "Add --one, or leave --pool out.",
      },
    );
  if (!isOne) return { kind: "each" };
  return { kind: "one", names, pool: pool === undefined ? undefined : labelOfPool(pool) };
}

const labelPart = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?";
const label = new RegExp(`^((?:[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?${labelPart})=(${labelPart})$`);

function labelOfPool(text: string): { readonly key: string; readonly value: string } {
  const [, key, value] = label.exec(text)?.filter((_, at) => at === 0 || at === 1 || at === 4) ?? [];
  if (key !== undefined && value !== undefined) return { key, value };
  throw new UsageError("LAUNCH_INVALID_VALUE", `--pool "${text}" is not a label of nodes.`, {
    hint: "Give it as key=value; `kubectl get nodes --show-labels` lists them.",
  });
}
