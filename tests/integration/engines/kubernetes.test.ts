import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { ContainedUnit, ContainerPlace } from "../../../lib/adapters/hosts/containers/contained.ts";
import {
  type KubernetesShape,
  kubernetesFile,
} from "../../../lib/adapters/hosts/containers/kubernetes-objects.ts";
import { apiProblems, type ManifestDocument } from "../../support/kubernetes/api-schema.ts";

const units: readonly ContainedUnit[] = [
  {
    kind: "bot",
    name: "Alice_1",
    graceMs: 60_000,
    tier: "preload",
    envFiles: [{ from: "/srv/a.env", path: "/app/a.env" }],
    memoryLimitBytes: 2 ** 29,
  },
  { kind: "bot", name: "bob", graceMs: 15_000, tier: undefined, envFiles: [], memoryLimitBytes: undefined },
  {
    kind: "collector",
    name: "fund.rate",
    graceMs: 15_000,
    tier: undefined,
    envFiles: [],
    memoryLimitBytes: undefined,
  },
];
const place: ContainerPlace = {
  image: "registry.example/desk:1",
  tier: "preload",
  config: "/app/launch.yaml",
  databaseUrl: "postgres://launch@db.example/launch",
  secrets: [
    { name: "launch-keys", from: "/srv/keys", path: "/run/credentials/launch-keys" },
    { name: "launch-pgpass", from: "/srv/pgpass", path: "/run/credentials/launch-pgpass" },
  ],
  privateTargets: [
    { host: "10.0.0.5", port: 6379 },
    { host: "fd00::1", port: 6379 },
    { host: "db.internal", port: 5432 },
  ],
};
const each: KubernetesShape = { kind: "each" };

function documentsOf(shape: KubernetesShape, tier: ContainerPlace["tier"]): readonly ManifestDocument[] {
  const { text } = kubernetesFile(units, { ...place, tier }, shape);
  return parseAllDocuments(text, { version: "1.1" }).map((document) => document.toJS());
}

type Pod = Readonly<Record<string, unknown>>;
function podOf(document: ManifestDocument | undefined): Pod {
  if (document === undefined) throw new Error("There is no such document.");
  const { template } = document.spec as { readonly template: { readonly spec: Pod } };
  return template.spec;
}

function deploymentsOf(documents: readonly ManifestDocument[]): readonly ManifestDocument[] {
  return documents.filter(({ kind }) => kind === "Deployment");
}

describe("what a cluster is given", () => {
  test.each([
    ["each unit", "preload", each],
    ["each unit", "kernel", each],
    [
      "one launcher of all on a pool",
      "kernel",
      { kind: "one", names: [], pool: { key: "zone", value: "on" } },
    ],
  ] as const)("is what the API's schemas take: %s, %s", async (_, tier, shape) => {
    const documents = documentsOf(shape, tier);
    expect(documents.length).toBe(shape.kind === "each" ? 7 : 3);
    expect(await apiProblems(documents)).toEqual([]);
  });

  test("is refused by those schemas with a field that they do not know, or a value of another type", async () => {
    const [policy, deployment] = documentsOf(each, "preload");
    if (policy === undefined || deployment === undefined) throw new Error("There are no documents.");
    const unknown = { ...deployment, spec: { ...deployment.spec, replica: 1 } };
    expect(await apiProblems([unknown])).toEqual([expect.stringMatching(/replica\W+does not exist/)]);
    const deep = structuredClone(deployment);
    Object.assign(podOf(deep), { hostUser: false });
    expect(await apiProblems([deep])).toEqual([expect.stringMatching(/hostUser\W+does not exist/)]);
    const wrong = { ...deployment, spec: { ...deployment.spec, replicas: "1" } };
    expect(await apiProblems([wrong])).toEqual([
      expect.stringContaining("spec/replicas must be integer"),
      expect.stringContaining("not assignable to type 'number'"),
    ]);
    const choice = { ...policy, spec: { ...policy.spec, policyTypes: ["Egres"] } };
    expect((await apiProblems([choice])).length).toBeGreaterThan(0);
  });

  test("keeps to the restricted Pod Security Standard in the preload tier", () => {
    const deployments = deploymentsOf(documentsOf(each, "preload"));
    expect(deployments.length).toBe(3);
    for (const pod of deployments.map(podOf)) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } },
        ],
      });
      expect(Object.keys(pod)).not.toContain("hostUsers");
      expect(JSON.stringify(pod)).not.toMatch(/"(add|privileged|hostNetwork|hostPID|hostPath)"/);
    }
  });

  test("takes user namespaces, and no capability, in the kernel tier", () => {
    const [pod] = deploymentsOf(documentsOf(each, "kernel")).map(podOf);
    expect(pod).toMatchObject({
      hostUsers: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "Unconfined" } },
      containers: [{ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }],
    });
  });

  test("runs one copy of each, waits as long as the bot may take, and is asked whether it lives and is ready", () => {
    const [alice] = deploymentsOf(documentsOf(each, "preload"));
    expect(alice?.spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    expect(podOf(alice)).toMatchObject({
      terminationGracePeriodSeconds: 90,
      containers: [
        {
          command: [
            "launch",
            "bot",
            "--account",
            "Alice_1",
            "--managed",
            "--stopped",
            "wait",
            "--isolation",
            "preload",
          ],
          livenessProbe: { exec: { command: ["launch", "check", "bot:Alice_1", "--live"] } },
          readinessProbe: { exec: { command: ["launch", "check", "bot:Alice_1", "--ready"] } },
          // 512 MiB for the bot, with a margin, and what the launcher takes.
          resources: { requests: { memory: "608Mi" }, limits: { memory: "736Mi" } },
        },
      ],
    });
  });

  test("names secrets as files of Secrets, and says which Secret is made of which files", () => {
    const { secrets, text, deployments } = kubernetesFile(units, place, each);
    const [, , alice] = [...deployments].reverse();
    expect(secrets).toEqual([
      { name: "slipway-keys", files: place.secrets },
      { name: alice, files: [{ name: "env-0", from: "/srv/a.env", path: "/app/a.env" }] },
    ]);
    expect(text).not.toMatch(/secretKeyRef|envFrom|stringData|\/srv\//);
  });
});
