/** Version of flow-agent, as MCP clients and --version see it. */
export const VERSION = "0.1.0";
