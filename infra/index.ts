/** The deployment of orcon as Pulumi components: the whole, and its parts for programs that put them together themselves. */

export { Access, type AccessArgs } from './access.ts';
export { Admission, type AdmissionArgs } from './admission.ts';
export type { AppSettings, Resources } from './app.ts';
export { type AuthoritySlot, Certificates, type CertificatesArgs, type Lifetime } from './certificates.ts';
export { type BuildContext, type ImageContexts, type ImageName, writeContexts } from './contexts.ts';
export { Controller, type ControllerArgs } from './controller.ts';
export { defaults, imageDefaults } from './from-settings.ts';
export type { ContainerSpec, GateArgs } from './gate.ts';
export type { CaInjection, GivenCertificate } from './given-certificate.ts';
export { Guard, type GuardArgs } from './guard.ts';
export { type GivenImages, Images, type ImagesArgs, type RegistryCredentials } from './images.ts';
export type { Marks } from './marks.ts';
export { Monitoring, type MonitoringArgs } from './monitoring.ts';
export { Network, type NetworkArgs } from './network.ts';
export { type ImageDigests, Orcon, type OrconArgs } from './orcon.ts';
export { type IssuedCertificate, Webhook, type WebhookArgs } from './webhook.ts';
