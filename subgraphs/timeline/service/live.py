async def changes(*a): yield
