export { transportFailureOf } from "./agents/agent-error.ts";
export { type HttpAgentOptions, httpAgent, httpsAgent } from "./agents/http-agent.ts";
export { type ProxiedFetch, proxiedFetch } from "./agents/proxied-fetch.ts";
export type { ProxySource } from "./agents/proxy-source.ts";
export type { TargetTls, TunnelOptions } from "./agents/tunnels.ts";
export { type DispatcherOptions, type UndiciAgent, undiciDispatcher } from "./agents/undici-dispatcher.ts";
export { webSocketAgent } from "./agents/web-socket-agent.ts";
export type { Credential } from "./domain/proxy/credential.ts";
export type { Upstream } from "./domain/proxy/proxy.ts";
export type { ProxyEndpoint, ProxyScheme } from "./domain/proxy/proxy-endpoint.ts";
export type { TransportFailure, TransportFailureKind } from "./domain/proxy/transport.ts";
export { Secret } from "./domain/secret.ts";
export {
  ConfigError,
  type ErrorCode,
  LaunchError,
  ProxyAuthError,
  ProxyUnavailableError,
  TargetUnreachableError,
  UsageError,
} from "./errors.ts";
