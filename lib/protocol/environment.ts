/** The variables that Slipway sets for a child of its own (docs/architecture.md, The child's environment). */
export const childVariables = {
  control: "LAUNCH_CONTROL",
  /** "off": our code in the bot says hello where that must be, and looks at nothing. */
  observe: "LAUNCH_OBSERVE",
  account: "LAUNCH_ACCOUNT",
  runId: "LAUNCH_RUN_ID",
  /** Set for a hook alone: which one it is, and why it runs. */
  hook: "LAUNCH_HOOK",
  hookReason: "LAUNCH_HOOK_REASON",
} as const;

/** Set for a program that was started ahead: the descriptor at which our preload waits until it may run. Taken out before it does. */
export const holdVariable = "LAUNCH_HOLD";

/** Set to the relay, in both cases, so that programs which read the environment work unchanged. */
export const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY"] as const;
/** global-agent's own names for the same. */
export const globalAgentVariables = ["GLOBAL_AGENT_HTTP_PROXY", "GLOBAL_AGENT_HTTPS_PROXY"] as const;
/** Set empty, so that an inherited bypass punches no hole. */
export const noProxyVariables = ["NO_PROXY", "no_proxy", "GLOBAL_AGENT_NO_PROXY"] as const;
