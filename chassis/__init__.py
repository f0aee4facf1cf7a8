"""What every running service needs and no service owns: a closed list, without a domain word."""
