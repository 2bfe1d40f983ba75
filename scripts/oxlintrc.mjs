// Writes .oxlintrc.json: the layer rules of docs/architecture.md, generated so that each room states only what it may import.
import { readdirSync, writeFileSync } from "node:fs";

const rooms = [
  "errors.ts",
  "protocol",
  "domain",
  "policy",
  "ports",
  "adapters",
  "preload",
  "config",
  "supervisor",
  "operations",
  "agents",
  "agents.ts",
  "compose",
  "compose.ts",
  "leak-check",
  "cli",
  "index.ts",
];
const mayImport = {
  "errors.ts": [],
  protocol: [],
  domain: ["errors.ts"],
  policy: ["domain", "protocol", "errors.ts"],
  ports: ["domain"],
  adapters: ["ports", "domain", "protocol", "errors.ts"],
  preload: ["protocol"],
  config: ["domain", "errors.ts"],
  supervisor: ["ports", "policy", "domain", "protocol", "errors.ts"],
  operations: ["ports", "policy", "domain", "protocol", "errors.ts"],
  agents: ["adapters", "ports", "domain", "protocol", "errors.ts"],
  "leak-check": ["compose", "supervisor", "adapters", "ports", "config", "domain", "errors.ts"],
  cli: ["leak-check", "compose.ts", "compose", "operations", "config", "domain", "errors.ts"],
};

const group = (room) => (room.endsWith(".ts") ? `**/${room}` : `**/${room}/**`);
const files = (room) => (room.endsWith(".ts") ? `lib/${room}` : `lib/${room}/**`);
const allowedWords = (allowed) => (allowed.length === 0 ? "nothing" : allowed.join(", "));

function layerOverride(room, allowed) {
  const banned = rooms.filter((other) => other !== room && !allowed.includes(other)).map(group);
  const message = `lib/${room} may import only: ${allowedWords(allowed)}.`;
  return {
    files: [files(room)],
    rules: { "no-restricted-imports": ["error", { patterns: [{ group: banned, message }] }] },
  };
}

const adapters = readdirSync("lib/adapters", { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

function adapterOverride(name) {
  const outside = rooms
    .filter((other) => other !== "adapters" && !mayImport.adapters.includes(other))
    .map(group);
  // How files and folders are made is the same for all of them.
  const siblings = adapters
    .filter((other) => other !== name && other !== "host-files")
    .flatMap((other) => [`../${other}/**`, `../../${other}/**`]);
  const patterns = [
    { group: outside, message: "lib/adapters may import only: ports, domain, protocol, errors." },
    { group: siblings, message: "adapters never import one another (but host-files): inject a port." },
  ].filter((pattern) => pattern.group.length > 0);
  return { files: [`lib/adapters/${name}/**`], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

// The library's agents wire the relay's dialling to Node's clients, and touch no other adapter (docs/decisions/0017-agents.md).
function agentsOverride() {
  const outside = rooms.filter((other) => other !== "agents" && !mayImport.agents.includes(other));
  const otherAdapters = adapters.filter((name) => name !== "relay" && name !== "clock");
  const restOfRelay = readdirSync("lib/adapters/relay").filter((name) => name !== "outbound");
  const banned = [
    ...outside.map(group),
    ...otherAdapters.map((name) => `**/adapters/${name}/**`),
    ...restOfRelay.map((name) => `**/adapters/relay/${name.endsWith(".ts") ? name : `${name}/**`}`),
  ];
  const message = "Of the adapters lib/agents may import only relay/outbound and clock.";
  return {
    files: ["lib/agents/**"],
    rules: { "no-restricted-imports": ["error", { patterns: [{ group: banned, message }] }] },
  };
}

const secretRule = {
  property: "reveal",
  message: "Secrets are opened only at the edge: vault, relay and the tests of vault and proxy lists.",
};
const pureGlobals = [
  "process",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "fetch",
  "Date",
  "crypto",
  "Buffer",
  "console",
];

const config = {
  $schema: "./node_modules/oxlint/configuration_schema.json",
  plugins: ["import", "typescript", "unicorn", "node"],
  categories: { correctness: "error" },
  ignorePatterns: ["dist/**", "node_modules/**", "tests/fixtures/**"],
  rules: {
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "import/no-default-export": "error",
    "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
    "max-params": ["error", { max: 4 }],
    "typescript/no-explicit-any": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/only-throw-error": "error",
    "unicorn/prefer-node-protocol": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "unicorn/no-process-exit": "error",
    "node/no-process-env": "error",
    "no-console": "error",
    "no-restricted-properties": ["error", secretRule],
  },
  overrides: [
    ...Object.entries(mayImport).map(([room, allowed]) => layerOverride(room, allowed)),
    ...adapters.map(adapterOverride),
    agentsOverride(),
    layerOverride("agents.ts", ["agents", "domain", "errors.ts"]),
    {
      files: ["lib/domain/**", "lib/policy/**"],
      rules: {
        "import/no-nodejs-modules": "error",
        "no-restricted-globals": ["error", ...pureGlobals],
        "no-restricted-properties": ["error", { object: "Math", property: "random" }, secretRule],
      },
    },
    {
      files: [
        "lib/adapters/vault/**",
        "lib/adapters/relay/**",
        // The operator's own database URL may hold a password: it is opened where pg gets it, and nowhere else.
        "lib/compose/database/database-connection.ts",
        "lib/compose/database/move/env-switch.ts",
        "tests/**/vault/**",
        "tests/**/proxy-list/**",
        "tests/unit/cli/secret-input.test.ts",
      ],
      rules: { "no-restricted-properties": "off" },
    },
    { files: ["lib/config/**", "lib/preload/**"], rules: { "node/no-process-env": "off" } },
    { files: ["lib/cli/view/**", "demo/**", "bench/**", "scripts/**"], rules: { "no-console": "off" } },
    {
      files: [
        "lib/cli/main.ts",
        "lib/leak-check/bench/leak-launcher.ts",
        "lib/preload/**",
        "demo/**",
        "bench/**",
        "scripts/**",
      ],
      rules: { "unicorn/no-process-exit": "off" },
    },
    {
      files: ["tests/**", "demo/**", "bench/**", "scripts/**", "vitest.config.ts", "ecosystem.config.cjs"],
      rules: {
        "node/no-process-env": "off",
        "import/no-default-export": "off",
        "max-lines-per-function": "off",
        "unicorn/no-process-exit": "off",
      },
    },
  ],
};

writeFileSync(".oxlintrc.json", `${JSON.stringify(config, undefined, 2)}\n`);
