"""What is said: JSON answers, the terminal, the HTML page, Prometheus."""
