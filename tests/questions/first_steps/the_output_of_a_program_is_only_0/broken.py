import os

output = os.system("echo hello")
print("output:", output)
