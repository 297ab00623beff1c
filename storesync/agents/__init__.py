"""What AI agents are given: tools and pages over the Model Context Protocol, answered from the database."""
