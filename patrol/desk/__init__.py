"""What each person sees first: today, what waits for them, and their own month."""
