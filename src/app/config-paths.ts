/** Where the configuration may stand, in this order; the first that is there is read. */
export const CONFIG_PATHS = ['.tamma/config.yml', '.tamma/config.yaml', '.tamma/config.json'] as const;
