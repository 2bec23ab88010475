/** The kinds of tunnels that copies can travel through, as Open vSwitch names them. */
export const TUNNEL_TYPES = ['gre', 'vxlan', 'geneve'] as const;
export type TunnelType = (typeof TUNNEL_TYPES)[number];
