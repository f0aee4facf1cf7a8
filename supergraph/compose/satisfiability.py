"""x"""
def unsatisfiable(merged): return []
