import { isIP } from "node:net";
import type { ContainerPlace } from "./contained.ts";
import { yamlText } from "./yaml-text.ts";

const privateRanges = {
  v4: ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
  v6: ["fc00::/7", "fe80::/10"],
} as const;

/** Nothing gets in; out get names, public addresses, and of private networks only what is listed. */
export function networkPolicy(targets: ContainerPlace["privateTargets"]): string {
  const everywhere = [
    { ipBlock: { cidr: "0.0.0.0/0", except: privateRanges.v4 } },
    { ipBlock: { cidr: "::/0", except: privateRanges.v6 } },
  ];
  const object = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "slipway", labels: { "app.kubernetes.io/name": "slipway" } },
    spec: {
      podSelector: { matchLabels: { "app.kubernetes.io/name": "slipway" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [
        { ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })) },
        { to: everywhere },
        ...once(targets).map(({ host, port }) => ({
          to: blocksOf(host),
          ports: [{ protocol: "TCP", port }],
        })),
      ],
    },
  };
  return yamlText(object, [
    [
      ["spec", "egress"],
      "Names, proxies and witnesses outside, and the private targets that the configuration has. It cannot tell a bot from its launcher: the tier does.",
    ],
  ]);
}

// All names have the same rule.
function once(targets: ContainerPlace["privateTargets"]): ContainerPlace["privateTargets"] {
  const byRule = targets.map((target) => {
    const rule = `${isIP(target.host) === 0 ? "" : target.host} ${target.port}`;
    return [rule, target] as const;
  });
  return [...new Map(byRule).values()];
}

// A policy knows no names: of a named target it lets the port through, to private addresses.
function blocksOf(host: string) {
  const family = isIP(host);
  if (family !== 0) return [{ ipBlock: { cidr: `${host}/${family === 4 ? 32 : 128}` } }];
  return [...privateRanges.v4, ...privateRanges.v6]
    .filter((cidr) => !/^(169\.254|fe80)/.test(cidr))
    .map((cidr) => ({ ipBlock: { cidr } }));
}
