// The library: what an operator can do, for programs. It exports operations and no port: no lease, no row without its event.
// Going through a proxy by oneself is `slipway/agents`.
export { openSlipway, type Slipway, type SlipwayOptions } from "./compose/open-slipway.ts";
export {
  type Account,
  anyVenue,
  type CountryCode,
  type Hold,
  parseCountry,
  parseVenue,
  type VenueName,
} from "./domain/account.ts";
export type { Assignment, AssignmentStatus } from "./domain/assignment.ts";
export type { HistoryEvent } from "./domain/event.ts";
export {
  type AccountId,
  type AssignmentId,
  type KeyId,
  type ProxyId,
  parseId,
  parseName,
  type RunId,
} from "./domain/ids.ts";
export {
  type DirectIp,
  type ExitIp,
  exitKeyOf,
  type IpAddress,
  neighbourhoodOf,
  parseIp,
} from "./domain/ip.ts";
export type { Credential, SealedCredential } from "./domain/proxy/credential.ts";
export type { AuthType, Proxy, ProxyState, Upstream } from "./domain/proxy/proxy.ts";
export { formatEndpoint, type ProxyEndpoint, type ProxyScheme } from "./domain/proxy/proxy-endpoint.ts";
export { parseProxyEndpointUrl, type SplitEndpoint } from "./domain/proxy-list/proxy-endpoint-url.ts";
export type { Run, RunPhase } from "./domain/run/run.ts";
export type { RequestAnswer, RequestVerb } from "./domain/run/unit-wish.ts";
export { Secret } from "./domain/secret.ts";
export type { AccountFacts, CandidateFacts } from "./domain/selection/selection-facts.ts";
export { describeDuration, type Instant, instant } from "./domain/time.ts";
export {
  ConfigError,
  CredentialUnopenableError,
  type ErrorCode,
  type ErrorDetail,
  errorCatalogue,
  InternalError,
  LaunchError,
  ProcessError,
  ProxyAuthError,
  ProxyUnavailableError,
  StoreError,
  TargetUnreachableError,
  UsageError,
} from "./errors.ts";
export type { AddAccountRequest, AddedAccount, FirstProxy } from "./operations/accounts/add-account.ts";
export type { AccountEdit, EditedAccount } from "./operations/accounts/edit-account.ts";
export type { ListedAccount } from "./operations/accounts/list-accounts.ts";
export type { Pairing } from "./operations/assignments/change-assignment.ts";
export type { ChoiceOptions, ChosenProxy } from "./operations/proxies/choose-proxy.ts";
export type { ProxyRequest } from "./operations/proxies/create-proxy.ts";
export type { ProxyEdit } from "./operations/proxies/edit-proxy.ts";
export type { ListedProxy } from "./operations/proxies/list-proxies.ts";
export type { UnitName } from "./operations/requests/ask-unit.ts";
export type { RunRow } from "./operations/runs/list-runs.ts";
export type { EligibilityContext, Exclusion } from "./policy/eligibility.ts";
export {
  describeRejection,
  type Rejection,
  type RejectionReason,
  type RetryClass,
} from "./policy/rejection.ts";
export { type Selection, type SelectionContext, select } from "./policy/select.ts";
export type { Notice } from "./ports/journal.ts";
