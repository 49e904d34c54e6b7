"""What a scan says x what is declared -> which consignment it is of, how sure that is, and why."""
