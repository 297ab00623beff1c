"""The MCP server for AI agents: tools and resource pages, answered from the database."""
