<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="pt" sourcelanguage="en">
<context>
<name>geoquant</name>
<message>
<source> At least {}.</source>
<translation> No mínimo {}.</translation>
</message>
<message>
<source> Separated by commas: {}</source>
<translation> Separados por vírgulas: {}</translation>
</message>
<message>
<source>A file for the page of results, which otherwise goes when QGIS does.</source>
<translation>Um ficheiro para a página de resultados, que de outro modo desaparece com o QGIS.</translation>
</message>
<message>
<source>A model out of the list, or any ONNX file, float or INT8.</source>
<translation>Um modelo da lista ou qualquer ficheiro ONNX, float ou INT8.</translation>
</message>
<message>
<source>A model without a card is shown with what is missing, and with the parameter that gives it.</source>
<translation>Um modelo sem ficha é mostrado com o que falta e com o parâmetro que o indica.</translation>
</message>
<message>
<source>A model without a card runs when the parameters from “Model card in a file of its own” on say what a card would.</source>
<translation>Um modelo sem ficha funciona se os parâmetros a partir de “Ficha do modelo em ficheiro próprio” disserem o que uma ficha diria.</translation>
</message>
<message>
<source>A mosaic is made of two scenes or more; choose them or their folder, or take “Classify raster”.</source>
<translation>Um mosaico faz-se com duas ou mais cenas; escolha-as ou a pasta delas, ou use “Classificar raster”.</translation>
</message>
<message>
<source>A quality mask for each scene, in the same order, on any grid. Without one, a product's own, else spectral tests tell the imaging conditions.</source>
<translation>Uma máscara de qualidade para cada cena, na mesma ordem, em qualquer grelha. Sem máscara, a do produto ou, senão, testes espectrais dão as condições de imagem.</translation>
</message>
<message>
<source>A raster layer: GeoTIFF, VRT, /vsicurl/ address, or any layer of a Sentinel-2 or Landsat Collection 2 product, which stands for the whole product.</source>
<translation>Uma camada raster: GeoTIFF, VRT, endereço /vsicurl/ ou qualquer camada de um produto Sentinel-2 ou Landsat Collection 2, que vale por todo o produto.</translation>
</message>
<message>
<source>A raster that says what is cloud, shadow, snow or water, on any grid.</source>
<translation>Um raster que diz o que é nuvem, sombra, neve ou água, em qualquer grelha.</translation>
</message>
<message>
<source>About the scene</source>
<translation>Sobre a cena</translation>
</message>
<message>
<source>Address of a proxy, such as http://host:3128; user:password@ goes before the host if it asks.</source>
<translation>Endereço de um proxy, como http://host:3128; utilizador:senha@ vem antes do host se ele os pedir.</translation>
</message>
<message>
<source>All files</source>
<translation>Todos os ficheiros</translation>
</message>
<message>
<source>All rasters and products in this folder are scenes, too; what lies in folders below is not looked at.</source>
<translation>Todos os rasters e produtos desta pasta também são cenas; o que está em subpastas não é visto.</translation>
</message>
<message>
<source>Also gives a map of how much of each 256 x 256 px of the scene is unlike what the model was calibrated on, in percent; for INT8 models.</source>
<translation>Dá também um mapa de quanto de cada 256 x 256 px da cena difere daquilo com que o modelo foi calibrado, em percentagem; para modelos INT8.</translation>
</message>
<message>
<source>Also gives a map of the winning class's probability in percent: strong colours where it is unsure.</source>
<translation>Dá também um mapa da probabilidade da classe escolhida em percentagem: cores fortes onde é incerta.</translation>
</message>
<message>
<source>Also loads the model into each engine, to see how much runs in INT8 and what stays in float.</source>
<translation>Carrega também o modelo em cada motor, para ver quanto corre em INT8 e o que fica em float.</translation>
</message>
<message>
<source>Also look at the values of each band</source>
<translation>Ver também os valores de cada banda</translation>
</message>
<message>
<source>Also look at what each engine runs in INT8</source>
<translation>Ver também o que cada motor corre em INT8</translation>
</message>
<message>
<source>Also map the confidence</source>
<translation>Mapear também a confiança</translation>
</message>
<message>
<source>Also map the drift</source>
<translation>Mapear também a deriva</translation>
</message>
<message>
<source>Also measure what each layer costs</source>
<translation>Medir também o que custa cada camada</translation>
</message>
<message>
<source>Also measures what each layer alone costs in INT8; a picture of it lies beside the model.</source>
<translation>Mede também o que cada camada sozinha custa em INT8; uma imagem disso fica junto ao modelo.</translation>
</message>
<message>
<source>Also read the scene coarsely: with which values does each band enter?</source>
<translation>Ler também a cena de forma grosseira: com que valores entra cada banda?</translation>
</message>
<message>
<source>Also write how much there is of each class (CSV).</source>
<translation>Escrever também quanto há de cada classe (CSV).</translation>
</message>
<message>
<source>Also write the card as a STAC item of the MLM extension (JSON).</source>
<translation>Escrever também a ficha como item STAC da extensão MLM (JSON).</translation>
</message>
<message>
<source>An extent needs the CRS of the map where the scenes come from a folder; choose one.</source>
<translation>Uma extensão precisa do SRC do mapa quando as cenas vêm de uma pasta; escolha um.</translation>
</message>
<message>
<source>Area</source>
<translation>Área</translation>
</message>
<message>
<source>Area by class</source>
<translation>Área por classe</translation>
</message>
<message>
<source>Area of interest (polygons)</source>
<translation>Área de interesse (polígonos)</translation>
</message>
<message>
<source>As the network sees them</source>
<translation>Como a rede os vê</translation>
</message>
<message>
<source>Available</source>
<translation>Disponível</translation>
</message>
<message>
<source>Band</source>
<translation>Banda</translation>
</message>
<message>
<source>Bands</source>
<translation>Bandas</translation>
</message>
<message>
<source>Bands in the model's order: names, common names, 1-based indices, ranges of these (1-129,136-224), or wavelengths where the scene tells them (665nm, 420-900nm).</source>
<translation>Bandas na ordem do modelo: nomes, nomes comuns, números a partir de 1, intervalos de números (1-129,136-224) ou comprimentos de onda onde a cena os indica (665nm, 420-900nm).</translation>
</message>
<message>
<source>Bands of the scene, in the model's order</source>
<translation>Bandas da cena, na ordem do modelo</translation>
</message>
<message>
<source>Bands that the model was trained on</source>
<translation>Bandas com que o modelo foi treinado</translation>
</message>
<message>
<source>Bands that the model was trained on, in the order of its input channels.</source>
<translation>Bandas com que o modelo foi treinado, na ordem dos seus canais de entrada.</translation>
</message>
<message>
<source>Bands: {}</source>
<translation>Bandas: {}</translation>
</message>
<message>
<source>CRS of the map</source>
<translation>SRC do mapa</translation>
</message>
<message>
<source>CSV files</source>
<translation>Ficheiros CSV</translation>
</message>
<message>
<source>Calibration</source>
<translation>Calibração</translation>
</message>
<message>
<source>Calibration tiles</source>
<translation>Mosaicos de calibração</translation>
</message>
<message>
<source>Calibration tiles to choose over all scenes.</source>
<translation>Mosaicos de calibração a escolher entre todas as cenas.</translation>
</message>
<message>
<source>Calibration tiles to choose over all scenes; 32 to 128 are usual.</source>
<translation>Mosaicos de calibração a escolher entre todas as cenas; 32 a 128 são habituais.</translation>
</message>
<message>
<source>Cancelled; the environment was not made.</source>
<translation>Cancelado; o ambiente não foi criado.</translation>
</message>
<message>
<source>Candidates</source>
<translation>Candidatos</translation>
</message>
<message>
<source>Card as a STAC item</source>
<translation>Ficha como item STAC</translation>
</message>
<message>
<source>Check</source>
<translation>Verificar</translation>
</message>
<message>
<source>Checking the environment</source>
<translation>A verificar o ambiente</translation>
</message>
<message>
<source>Choose a model</source>
<translation>Escolher um modelo</translation>
</message>
<message>
<source>Choose an ONNX file</source>
<translation>Escolher um ficheiro ONNX</translation>
</message>
<message>
<source>Choose calibration tiles</source>
<translation>Escolher mosaicos de calibração</translation>
</message>
<message>
<source>Choose the Model for Previews…</source>
<translation>Escolher o modelo das pré-visualizações…</translation>
</message>
<message>
<source>Chooses the tiles of your scenes that calibrate an INT8 model and those that judge it, and says why.</source>
<translation>Escolhe os mosaicos das suas cenas que calibram um modelo INT8 e os que o julgam, e diz porquê.</translation>
</message>
<message>
<source>Choosing the engine that is fastest on this computer</source>
<translation>A escolher o motor mais rápido neste computador</translation>
</message>
<message>
<source>Choosing tiles</source>
<translation>A escolher mosaicos</translation>
</message>
<message>
<source>Chosen tiles</source>
<translation>Mosaicos escolhidos</translation>
</message>
<message>
<source>Class</source>
<translation>Classe</translation>
</message>
<message>
<source>Class map</source>
<translation>Mapa de classes</translation>
</message>
<message>
<source>Class polygons</source>
<translation>Polígonos de classes</translation>
</message>
<message>
<source>Classes</source>
<translation>Classes</translation>
</message>
<message>
<source>Classes in the order of the output channels; value=name sets a value.</source>
<translation>Classes na ordem dos canais de saída; valor=nome define um valor.</translation>
</message>
<message>
<source>Classes of the model</source>
<translation>Classes do modelo</translation>
</message>
<message>
<source>Classes of {}</source>
<translation>Classes de {}</translation>
</message>
<message>
<source>Classes: {}</source>
<translation>Classes: {}</translation>
</message>
<message>
<source>Classify Raster…</source>
<translation>Classificar raster…</translation>
</message>
<message>
<source>Classify What the Map Shows</source>
<translation>Classificar o que o mapa mostra</translation>
</message>
<message>
<source>Classify mosaic of rasters</source>
<translation>Classificar um mosaico de rasters</translation>
</message>
<message>
<source>Classify raster</source>
<translation>Classificar raster</translation>
</message>
<message>
<source>Classify raster…</source>
<translation>Classificar raster…</translation>
</message>
<message>
<source>Classify with it</source>
<translation>Classificar com ele</translation>
</message>
<message>
<source>Classifying</source>
<translation>A classificar</translation>
</message>
<message>
<source>Classifying the calibration tiles in float</source>
<translation>A classificar os mosaicos de calibração em float</translation>
</message>
<message>
<source>Classifying what the map shows</source>
<translation>A classificar o que o mapa mostra</translation>
</message>
<message>
<source>Clear land, water, snow, cloud and shadow are imaging conditions: a model that is right on average can be wrong in one of them.</source>
<translation>Terra limpa, água, neve, nuvem e sombra são condições de imagem: um modelo certo em média pode errar numa delas.</translation>
</message>
<message>
<source>Compare models</source>
<translation>Comparar modelos</translation>
</message>
<message>
<source>Comparing INT8 with float</source>
<translation>A comparar INT8 com float</translation>
</message>
<message>
<source>Comparing layers</source>
<translation>A comparar camadas</translation>
</message>
<message>
<source>Condition</source>
<translation>Condição</translation>
</message>
<message>
<source>Condition in which INT8 does worst</source>
<translation>Condição em que o INT8 é pior</translation>
</message>
<message>
<source>Conditions by mask value</source>
<translation>Condições por valor da máscara</translation>
</message>
<message>
<source>Confidence</source>
<translation>Confiança</translation>
</message>
<message>
<source>Correcting the INT8 model</source>
<translation>A corrigir o modelo INT8</translation>
</message>
<message>
<source>Description</source>
<translation>Descrição</translation>
</message>
<message>
<source>Details</source>
<translation>Detalhes</translation>
</message>
<message>
<source>Downloading packages</source>
<translation>A descarregar pacotes</translation>
</message>
<message>
<source>Drawing the tiles</source>
<translation>A desenhar os mosaicos</translation>
</message>
<message>
<source>Drift</source>
<translation>Deriva</translation>
</message>
<message>
<source>Each finding is fine, a warning or a problem, with what to do about it.</source>
<translation>Cada constatação está bem, é um aviso ou um problema, com o que há a fazer.</translation>
</message>
<message>
<source>Engine</source>
<translation>Motor</translation>
</message>
<message>
<source>Every imaging condition (clear land, water, snow, cloud, shadow) gets its share of tiles that are unlike each other, and the darkest and brightest values of every band are among them. Look at the layer, delete or add tiles, save it, and give it to “Quantize model” as “Take the tiles of this file”.</source>
<translation>Cada condição de imagem (terra limpa, água, neve, nuvem, sombra) recebe a sua parte de mosaicos diferentes entre si, e os valores mais escuros e mais claros de cada banda estão entre eles. Veja a camada, apague ou acrescente mosaicos, guarde-a e dê-a a “Quantizar modelo” como “Usar os mosaicos deste ficheiro”.</translation>
</message>
<message>
<source>Every tile as a picture, and every band's histogram</source>
<translation>Cada mosaico como imagem e o histograma de cada banda</translation>
</message>
<message>
<source>Extent</source>
<translation>Extensão</translation>
</message>
<message>
<source>Extent of the result, in the scene's CRS.</source>
<translation>Extensão do resultado, no SRC da cena.</translation>
</message>
<message>
<source>Fetching pip</source>
<translation>A obter o pip</translation>
</message>
<message>
<source>Find what is wrong</source>
<translation>Encontrar o que está errado</translation>
</message>
<message>
<source>Findings</source>
<translation>Constatações</translation>
</message>
<message>
<source>Float model</source>
<translation>Modelo float</translation>
</message>
<message>
<source>Folder of scenes</source>
<translation>Pasta de cenas</translation>
</message>
<message>
<source>Folder of wheels</source>
<translation>Pasta de wheels</translation>
</message>
<message>
<source>For computers without a network: a folder with all packages. The end of this page says how to fill it.</source>
<translation>Para computadores sem rede: uma pasta com todos os pacotes. O fim desta página diz como enchê-la.</translation>
</message>
<message>
<source>Found</source>
<translation>Encontrado</translation>
</message>
<message>
<source>Found in the scene</source>
<translation>Encontrada na cena</translation>
</message>
<message>
<source>Further bands of the scene</source>
<translation>Outras bandas da cena</translation>
</message>
<message>
<source>Gate: points of mean IoU that may be lost</source>
<translation>Limite: pontos de IoU médio que se podem perder</translation>
</message>
<message>
<source>Go on where the scene can't be read</source>
<translation>Continuar onde a cena não pode ser lida</translation>
</message>
<message>
<source>Ground sampling distance</source>
<translation>Resolução no terreno</translation>
</message>
<message>
<source>Ground sampling distance of the model (m)</source>
<translation>Resolução no terreno do modelo (m)</translation>
</message>
<message>
<source>Ground sampling distance that the model was trained at, in metres.</source>
<translation>Resolução no terreno com que o modelo foi treinado, em metros.</translation>
</message>
<message>
<source>HTML files</source>
<translation>Ficheiros HTML</translation>
</message>
<message>
<source>Health of {}</source>
<translation>Saúde de {}</translation>
</message>
<message>
<source>Held out</source>
<translation>Reservados</translation>
</message>
<message>
<source>Held-out pixels</source>
<translation>Píxeis reservados</translation>
</message>
<message>
<source>Highest</source>
<translation>Mais alto</translation>
</message>
<message>
<source>How</source>
<translation>Como</translation>
</message>
<message>
<source>How a tensor's range is chosen from its histograms; mse weighs every imaging condition the same, auto takes mse or min-max, whichever measures better.</source>
<translation>Como o intervalo de um tensor é escolhido a partir dos seus histogramas; mse pesa igualmente cada condição de imagem, auto usa mse ou min-max, o que medir melhor.</translation>
</message>
<message>
<source>How many imaging conditions are proved</source>
<translation>Quantas condições de imagem estão comprovadas</translation>
</message>
<message>
<source>How ranges are chosen</source>
<translation>Como os intervalos são escolhidos</translation>
</message>
<message>
<source>INT8 against float</source>
<translation>INT8 face a float</translation>
</message>
<message>
<source>INT8 model</source>
<translation>Modelo INT8</translation>
</message>
<message>
<source>INT8 model {}</source>
<translation>Modelo INT8 {}</translation>
</message>
<message>
<source>Imaging conditions</source>
<translation>Condições de imagem</translation>
</message>
<message>
<source>In --mlm, give the path of a model wherever it lies.</source>
<translation>Em --mlm, indicar o caminho do modelo onde quer que esteja.</translation>
</message>
<message>
<source>In INT8</source>
<translation>Em INT8</translation>
</message>
<message>
<source>Inference engine</source>
<translation>Motor de inferência</translation>
</message>
<message>
<source>Inference engine; auto takes the fastest on this scene that keeps the classes.</source>
<translation>Motor de inferência; auto usa o mais rápido nesta cena que mantenha as classes.</translation>
</message>
<message>
<source>Inspect model and scene</source>
<translation>Inspecionar modelo e cena</translation>
</message>
<message>
<source>Installing packages</source>
<translation>A instalar pacotes</translation>
</message>
<message>
<source>It is calibrated on some tiles of your scenes and judged on others. Where a model that computes in INT8 alone would lose too much, its most sensitive layers stay in float. When the worst imaging condition still loses more than “Gate” allows, no model is written, and the algorithm fails and says so.</source>
<translation>É calibrado com alguns mosaicos das suas cenas e julgado com outros. Onde um modelo que calcula só em INT8 perderia demasiado, as suas camadas mais sensíveis ficam em float. Se a pior condição de imagem perder ainda mais do que “Limite” permite, nenhum modelo é escrito, e o algoritmo falha e di-lo.</translation>
</message>
<message>
<source>Its Python environment is missing: 175 MB to download.</source>
<translation>Falta o seu ambiente Python: 175 MB a descarregar.</translation>
</message>
<message>
<source>Joining small regions</source>
<translation>A juntar regiões pequenas</translation>
</message>
<message>
<source>Judge on so many tiles, chosen over all scenes, instead of on every pixel not calibrated on.</source>
<translation>Avaliar neste número de mosaicos, escolhidos em todas as cenas, em vez de em cada píxel não usado para calibrar.</translation>
</message>
<message>
<source>Judges an INT8 model against the float model that it was made from, on tiles that calibration did not see.</source>
<translation>Julga um modelo INT8 face ao modelo float de que foi feito, com mosaicos que a calibração não viu.</translation>
</message>
<message>
<source>Judging each tile by a model that has not seen it</source>
<translation>Avaliando cada mosaico com um modelo que não o viu</translation>
</message>
<message>
<source>Keep a model that its gate refuses</source>
<translation>Guardar um modelo que o seu limite recusa</translation>
</message>
<message>
<source>Keeps a model that the gate refuses, to look into it, under the same name with “.refused” in it; the algorithm fails all the same.</source>
<translation>Guarda um modelo que o limite recusa, para o examinar, com o mesmo nome e “.refused” nele; o algoritmo falha na mesma.</translation>
</message>
<message>
<source>Kind of the mask</source>
<translation>Tipo da máscara</translation>
</message>
<message>
<source>Layers left in float</source>
<translation>Camadas deixadas em float</translation>
</message>
<message>
<source>Layers of one band each that belong to the same scene, where its bands lie in several files.</source>
<translation>Camadas de uma banda cada que pertencem à mesma cena, quando as suas bandas estão em vários ficheiros.</translation>
</message>
<message>
<source>Leaves out the comparison of an INT8 model's speed with its float model's, which takes some seconds.</source>
<translation>Deixa de fora a comparação da velocidade de um modelo INT8 com a do seu modelo float, que demora alguns segundos.</translation>
</message>
<message>
<source>Left empty, QGIS's own Python or another one of this computer is found.</source>
<translation>Se ficar vazio, procura-se o Python do QGIS ou outro deste computador.</translation>
</message>
<message>
<source>Left empty, that of most pixels of the scenes; where an extent is given, that of the first scene.</source>
<translation>Vazio: o da maioria dos pixels das cenas; se for dada uma extensão, o da primeira cena.</translation>
</message>
<message>
<source>License</source>
<translation>Licença</translation>
</message>
<message>
<source>Limitations</source>
<translation>Limitações</translation>
</message>
<message>
<source>Limitations: {}</source>
<translation>Limitações: {}</translation>
</message>
<message>
<source>Looked at</source>
<translation>Examinado</translation>
</message>
<message>
<source>Looking at the engines</source>
<translation>A examinar os motores</translation>
</message>
<message>
<source>Looking at the environment</source>
<translation>A examinar o ambiente</translation>
</message>
<message>
<source>Looking at the model's numbers</source>
<translation>A examinar os números do modelo</translation>
</message>
<message>
<source>Looking at the scene</source>
<translation>A examinar a cena</translation>
</message>
<message>
<source>Looking at the scenes</source>
<translation>A examinar as cenas</translation>
</message>
<message>
<source>Looking for a Python</source>
<translation>A procurar um Python</translation>
</message>
<message>
<source>Looks for what usually goes wrong with a model and, with a scene, with feeding one to the other.</source>
<translation>Procura o que costuma correr mal com um modelo e, com uma cena, ao dar uma ao outro.</translation>
</message>
<message>
<source>Lowest</source>
<translation>Mais baixo</translation>
</message>
<message>
<source>Make small</source>
<translation>Reduzir</translation>
</message>
<message>
<source>Makes an INT8 model of a float model: about a quarter of the size, and faster on most computers.</source>
<translation>Faz de um modelo float um modelo INT8: cerca de um quarto do tamanho e mais rápido na maioria dos computadores.</translation>
</message>
<message>
<source>Makes the Python environment that geoquant runs in, beside your QGIS profile. Downloads about 175 MB, takes one or two minutes, and is needed once; it needs no rights of an administrator and no compiler.</source>
<translation>Cria o ambiente Python em que o geoquant corre, junto ao seu perfil do QGIS. Descarrega cerca de 175 MB, demora um ou dois minutos e só é preciso uma vez; não precisa de direitos de administrador nem de compilador.</translation>
</message>
<message>
<source>Making the environment</source>
<translation>A criar o ambiente</translation>
</message>
<message>
<source>Map imaging conditions</source>
<translation>Mapear condições de imagem</translation>
</message>
<message>
<source>Maps the imaging conditions of a scene: clear land, water, snow, thick and thin cloud, cloud edge, shadow.</source>
<translation>Mapeia as condições de imagem de uma cena: terra limpa, água, neve, nuvem espessa e fina, bordo de nuvem, sombra.</translation>
</message>
<message>
<source>Matched by</source>
<translation>Associada por</translation>
</message>
<message>
<source>Measuring memory and speed</source>
<translation>A medir memória e velocidade</translation>
</message>
<message>
<source>Measuring ranges of values</source>
<translation>A medir intervalos de valores</translation>
</message>
<message>
<source>Measuring what each layer costs</source>
<translation>A medir o que custa cada camada</translation>
</message>
<message>
<source>Memory ceiling (MiB)</source>
<translation>Limite de memória (MiB)</translation>
</message>
<message>
<source>Memory ceiling in MiB; sets tile size and tiles in flight.</source>
<translation>Limite de memória em MiB; define o tamanho dos mosaicos e quantos há em curso.</translation>
</message>
<message>
<source>Missing in the card</source>
<translation>Falta na ficha</translation>
</message>
<message>
<source>Model</source>
<translation>Modelo</translation>
</message>
<message>
<source>Model card in a file of its own</source>
<translation>Ficha do modelo em ficheiro próprio</translation>
</message>
<message>
<source>Model card in a file of its own: geoquant JSON, STAC MLM item or Esri .emd.</source>
<translation>Ficha do modelo em ficheiro próprio: JSON do geoquant, item STAC MLM ou .emd da Esri.</translation>
</message>
<message>
<source>Model for previews</source>
<translation>Modelo das pré-visualizações</translation>
</message>
<message>
<source>Model {}</source>
<translation>Modelo {}</translation>
</message>
<message>
<source>Mpx/s</source>
<translation>Mpx/s</translation>
</message>
<message>
<source>Name</source>
<translation>Nome</translation>
</message>
<message>
<source>Name models by their full paths</source>
<translation>Nomear os modelos pelo caminho completo</translation>
</message>
<message>
<source>Name models in the report by their full paths instead of their file names.</source>
<translation>Nomear os modelos no relatório pelo caminho completo em vez do nome do ficheiro.</translation>
</message>
<message>
<source>Network</source>
<translation>Rede</translation>
</message>
<message>
<source>No data</source>
<translation>Sem dados</translation>
</message>
<message>
<source>No model was chosen; choose an ONNX file or a model that comes with geoquant.</source>
<translation>Nenhum modelo foi escolhido; escolha um ficheiro ONNX ou um modelo que venha com o geoquant.</translation>
</message>
<message>
<source>No-data value of the scene</source>
<translation>Valor sem dados da cena</translation>
</message>
<message>
<source>Normalization (x - mean) / std: one mean per band, or one for all.</source>
<translation>Normalização (x - média) / desvio: uma média por banda, ou uma para todas.</translation>
</message>
<message>
<source>Normalization: mean</source>
<translation>Normalização: média</translation>
</message>
<message>
<source>Normalization: standard deviation</source>
<translation>Normalização: desvio padrão</translation>
</message>
<message>
<source>Not judged</source>
<translation>Não avaliadas</translation>
</message>
<message>
<source>Not set</source>
<translation>Não definido</translation>
</message>
<message>
<source>Not set: the scene's, else {}</source>
<translation>Não definido: o da cena, senão {}</translation>
</message>
<message>
<source>Not set: {} by the card</source>
<translation>Não definido: {} segundo a ficha</translation>
</message>
<message>
<source>Notes</source>
<translation>Notas</translation>
</message>
<message>
<source>Nothing is made in between: every place is read from the scenes that lie there, and goes through the model once. Scenes of other zones, pixel sizes and units mix; “Where scenes overlap” says which one counts. The map appears when it is complete; a run that was interrupted goes on where it stopped.</source>
<translation>Nada é criado pelo meio: cada lugar é lido das cenas que lá estão e passa uma vez pelo modelo. Misturam-se cenas de outras zonas, tamanhos de pixel e unidades; “Onde as cenas se sobrepõem” diz qual conta. O mapa aparece quando está completo; uma execução interrompida continua onde parou.</translation>
</message>
<message>
<source>Number of tiles</source>
<translation>Número de mosaicos</translation>
</message>
<message>
<source>Number of tiles held out to judge on</source>
<translation>Número de mosaicos reservados para julgar</translation>
</message>
<message>
<source>ONNX file with 32-bit weights.</source>
<translation>Ficheiro ONNX com pesos de 32 bits.</translation>
</message>
<message>
<source>ONNX file, float or INT8.</source>
<translation>Ficheiro ONNX, float ou INT8.</translation>
</message>
<message>
<source>ONNX models</source>
<translation>Modelos ONNX</translation>
</message>
<message>
<source>Only this part of the scene; in any CRS. Left empty, the whole scene.</source>
<translation>Só esta parte da cena, em qualquer SRC. Se ficar vazio, toda a cena.</translation>
</message>
<message>
<source>Open the page</source>
<translation>Abrir a página</translation>
</message>
<message>
<source>Open the report</source>
<translation>Abrir o relatório</translation>
</message>
<message>
<source>Opening model and scene</source>
<translation>A abrir modelo e cena</translation>
</message>
<message>
<source>Options…</source>
<translation>Opções…</translation>
</message>
<message>
<source>Output of a network of one channel above which a pixel is of the second class; by default 0.5 of a probability, 0 of a logit.</source>
<translation>Saída de uma rede de um canal acima da qual um píxel é da segunda classe; se não for indicada, 0.5 para probabilidades e 0 para logits.</translation>
</message>
<message>
<source>Outside of the calibrated range</source>
<translation>Fora do intervalo calibrado</translation>
</message>
<message>
<source>Outside of these polygons the result is no data. Any layer in any CRS, or its selected features.</source>
<translation>Fora destes polígonos o resultado não tem dados. Qualquer camada em qualquer SRC, ou os seus elementos selecionados.</translation>
</message>
<message>
<source>Overlap of blended tiles (px)</source>
<translation>Sobreposição dos mosaicos fundidos (px)</translation>
</message>
<message>
<source>Overlap of blended tiles, for models with an unbounded receptive field.</source>
<translation>Sobreposição dos mosaicos fundidos, para modelos com campo recetivo ilimitado.</translation>
</message>
<message>
<source>Page: INT8 against float</source>
<translation>Página: INT8 face a float</translation>
</message>
<message>
<source>Page: chosen tiles</source>
<translation>Página: mosaicos escolhidos</translation>
</message>
<message>
<source>Page: classes and their areas</source>
<translation>Página: classes e suas áreas</translation>
</message>
<message>
<source>Page: findings</source>
<translation>Página: constatações</translation>
</message>
<message>
<source>Page: model and scene</source>
<translation>Página: modelo e cena</translation>
</message>
<message>
<source>Page: strata and their areas</source>
<translation>Página: estratos e suas áreas</translation>
</message>
<message>
<source>Physical value = stored value x scale + offset, where the scene says none.</source>
<translation>Valor físico = valor guardado x escala + deslocamento, onde a cena não o diz.</translation>
</message>
<message>
<source>Pixels</source>
<translation>Píxeis</translation>
</message>
<message>
<source>Pixels inside</source>
<translation>Píxeis dentro</translation>
</message>
<message>
<source>Points of mean IoU that the worst imaging condition may lose: against the true classes 0.5 where nothing is given, else against the float map 2.5. As many points of agreement, or 2, may go too.</source>
<translation>Pontos de IoU médio que a pior condição de imagem pode perder: sem indicação 0,5 face às classes verdadeiras, senão 2,5 face ao mapa float. Outros tantos pontos de concordância, ou 2, também se podem perder.</translation>
</message>
<message>
<source>Polygons (GeoPackage or GeoJSON); outside of them the result is no data.</source>
<translation>Polígonos (GeoPackage ou GeoJSON); fora deles o resultado não tem dados.</translation>
</message>
<message>
<source>Preview: {}</source>
<translation>Pré-visualização: {}</translation>
</message>
<message>
<source>Problems</source>
<translation>Problemas</translation>
</message>
<message>
<source>Proved</source>
<translation>Comprovadas</translation>
</message>
<message>
<source>Proxy</source>
<translation>Proxy</translation>
</message>
<message>
<source>Python that runs geoquant (left empty, its own environment)</source>
<translation>Python que executa o geoquant (vazio: o seu próprio ambiente)</translation>
</message>
<message>
<source>Python to make it from</source>
<translation>Python a partir do qual é criado</translation>
</message>
<message>
<source>QGIS's own Python stays as it is: GDAL, PROJ and NumPy of two origins in one process break each other, so that geoquant always runs in a process of its own.</source>
<translation>O Python do QGIS fica como está: GDAL, PROJ e NumPy de duas origens num mesmo processo estorvam-se, por isso o geoquant corre sempre num processo próprio.</translation>
</message>
<message>
<source>Quality mask</source>
<translation>Máscara de qualidade</translation>
</message>
<message>
<source>Quality masks</source>
<translation>Máscaras de qualidade</translation>
</message>
<message>
<source>Quantize model</source>
<translation>Quantizar modelo</translation>
</message>
<message>
<source>Quick: without timing</source>
<translation>Rápido: sem medir tempos</translation>
</message>
<message>
<source>Raster layers or files, as typical of what the model will see as possible. A layer of a Sentinel-2 or Landsat product stands for the whole product.</source>
<translation>Camadas raster ou ficheiros, tão típicos quanto possível do que o modelo verá. Uma camada de um produto Sentinel-2 ou Landsat vale por todo o produto.</translation>
</message>
<message>
<source>Raster layers or files, each with its own bands, scale, offset and no-data value. A layer of a Sentinel-2 or Landsat product stands for the whole product.</source>
<translation>Camadas ou arquivos raster, cada um com as suas bandas, escala, deslocamento e valor sem dados. Uma camada de um produto Sentinel-2 ou Landsat representa o produto inteiro.</translation>
</message>
<message>
<source>Raster whose grid the map takes</source>
<translation>Raster cuja grade o mapa adota</translation>
</message>
<message>
<source>Rasters of true class values, one for each scene, in the same order, on any grid: accuracy is measured too.</source>
<translation>Rasters dos valores de classe verdadeiros, um por cena, na mesma ordem, em qualquer grelha: mede-se também a exatidão.</translation>
</message>
<message>
<source>Rasters of true classes</source>
<translation>Rasters de classes verdadeiras</translation>
</message>
<message>
<source>Reading the model</source>
<translation>A ler o modelo</translation>
</message>
<message>
<source>Reading the scenes coarsely</source>
<translation>A ler as cenas de forma grosseira</translation>
</message>
<message>
<source>Receptive field</source>
<translation>Campo recetivo</translation>
</message>
<message>
<source>Report</source>
<translation>Relatório</translation>
</message>
<message>
<source>Resample to this ground sampling distance (units of the CRS)</source>
<translation>Reamostrar para esta resolução no terreno (unidades do SRC)</translation>
</message>
<message>
<source>Resamples all bands to pixels of this size, in units of the scene's CRS.</source>
<translation>Reamostra todas as bandas para píxeis deste tamanho, em unidades do SRC da cena.</translation>
</message>
<message>
<source>Run it again when something is broken: what is whole is kept, and what is not is made anew.</source>
<translation>Execute de novo quando algo estiver estragado: o que está inteiro fica, o resto é refeito.</translation>
</message>
<message>
<source>Runs a model over a scene and gives a map of classes with names and colours.</source>
<translation>Aplica um modelo a uma cena e dá um mapa de classes com nomes e cores.</translation>
</message>
<message>
<source>Runs a model over many scenes as over one image and gives one map of classes.</source>
<translation>Executa um modelo sobre muitas cenas como sobre uma só imagem e dá um mapa de classes.</translation>
</message>
<message>
<source>STAC items</source>
<translation>Itens STAC</translation>
</message>
<message>
<source>Scale, offset</source>
<translation>Escala, deslocamento</translation>
</message>
<message>
<source>Scene</source>
<translation>Cena</translation>
</message>
<message>
<source>Scenes</source>
<translation>Cenas</translation>
</message>
<message>
<source>Scenes to choose tiles from.</source>
<translation>Cenas de que se escolhem mosaicos.</translation>
</message>
<message>
<source>See “Normalization: mean”; with a mean of 0 and a standard deviation of 1 values enter as they are.</source>
<translation>Ver “Normalização: média”; com média 0 e desvio padrão 1 os valores entram como estão.</translation>
</message>
<message>
<source>See “Sensor scale”.</source>
<translation>Ver “Escala do sensor”.</translation>
</message>
<message>
<source>Seed</source>
<translation>Semente</translation>
</message>
<message>
<source>Seed of the choice; the same seed gives the same tiles.</source>
<translation>Semente da escolha; a mesma semente dá os mesmos mosaicos.</translation>
</message>
<message>
<source>Seed of the tile choice and of the intervals.</source>
<translation>Semente da escolha de mosaicos e dos intervalos.</translation>
</message>
<message>
<source>Seed of the tile choice; the same seed gives the same model.</source>
<translation>Semente da escolha de mosaicos; a mesma semente dá o mesmo modelo.</translation>
</message>
<message>
<source>Sensor offset</source>
<translation>Deslocamento do sensor</translation>
</message>
<message>
<source>Sensor scale</source>
<translation>Escala do sensor</translation>
</message>
<message>
<source>Sentinel-2 SCL or QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2, or classes, see “Conditions by mask value”. Left empty it is told by the mask's name or values; none means spectral tests even where a product has a mask.</source>
<translation>Sentinel-2 SCL ou QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2, ou classes, ver “Condições por valor da máscara”. Se ficar vazio, dizem-no o nome ou os valores da máscara; none significa testes espectrais, mesmo que um produto tenha máscara.</translation>
</message>
<message>
<source>Set Up Environment…</source>
<translation>Instalar o ambiente…</translation>
</message>
<message>
<source>Set up environment</source>
<translation>Instalar o ambiente</translation>
</message>
<message>
<source>Set up now</source>
<translation>Instalar agora</translation>
</message>
<message>
<source>Setting up the environment; the bar below the map shows how far it is.</source>
<translation>A instalar o ambiente; a barra sob o mapa mostra quanto falta.</translation>
</message>
<message>
<source>Share</source>
<translation>Parte</translation>
</message>
<message>
<source>Share of classified pixels</source>
<translation>Parte de píxeis classificados</translation>
</message>
<message>
<source>Share of its pixels that keep their class</source>
<translation>Parte dos seus píxeis que mantêm a classe</translation>
</message>
<message>
<source>Share of the work</source>
<translation>Parte do trabalho</translation>
</message>
<message>
<source>Show the log</source>
<translation>Mostrar o registo</translation>
</message>
<message>
<source>Shows what a model's card says and, with a scene, whether the two fit, band by band.</source>
<translation>Mostra o que diz a ficha de um modelo e, com uma cena, se combinam, banda a banda.</translation>
</message>
<message>
<source>Side of a calibration tile in pixels.</source>
<translation>Lado de um mosaico de calibração em píxeis.</translation>
</message>
<message>
<source>Side of a tile (px)</source>
<translation>Lado de um mosaico (px)</translation>
</message>
<message>
<source>Side of a tile in pixels.</source>
<translation>Lado de um mosaico em píxeis.</translation>
</message>
<message>
<source>Side of a tile in pixels; halved while the scenes are too small.</source>
<translation>Lado de um mosaico em píxeis; reduzido a metade enquanto as cenas forem demasiado pequenas.</translation>
</message>
<message>
<source>Side of a tile in pixels; the result does not depend on it.</source>
<translation>Lado de um mosaico em píxeis; o resultado não depende dele.</translation>
</message>
<message>
<source>Side of the tile that engines are looked at and timed on, in pixels.</source>
<translation>Lado, em píxeis, do mosaico com que os motores são examinados e medidos.</translation>
</message>
<message>
<source>Size</source>
<translation>Tamanho</translation>
</message>
<message>
<source>Size of the INT8 file over the float file</source>
<translation>Tamanho do ficheiro INT8 sobre o do ficheiro float</translation>
</message>
<message>
<source>Skip audit and timing</source>
<translation>Omitir a auditoria e a medição de tempos</translation>
</message>
<message>
<source>Skips what does not change the model or its proof: what runs in INT8 in each engine, and how fast.</source>
<translation>Omite o que não muda nem o modelo nem a sua prova: o que é executado em INT8 em cada motor, e a que velocidade.</translation>
</message>
<message>
<source>Smaller regions become part of the neighbour with which they share the longest border, so that the polygons are fewer; the class map stays as it is. Places without data neither grow nor shrink.</source>
<translation>As regiões menores passam para a vizinha com que partilham a fronteira mais longa, para haver menos polígonos; o mapa de classes fica como está. Os sítios sem dados não crescem nem diminuem.</translation>
</message>
<message>
<source>Smallest polygon (px)</source>
<translation>Polígono mais pequeno (px)</translation>
</message>
<message>
<source>Speed on this machine</source>
<translation>Velocidade neste computador</translation>
</message>
<message>
<source>Stored</source>
<translation>Guardados</translation>
</message>
<message>
<source>Stored value that means no data, where the scene declares none.</source>
<translation>Valor guardado que significa sem dados, onde a cena não declara nenhum.</translation>
</message>
<message>
<source>Strata</source>
<translation>Estratos</translation>
</message>
<message>
<source>Strata of {}</source>
<translation>Estratos de {}</translation>
</message>
<message>
<source>Tails</source>
<translation>Extremos</translation>
</message>
<message>
<source>Take the tiles of this file</source>
<translation>Usar os mosaicos deste ficheiro</translation>
</message>
<message>
<source>Takes the tiles of this file, made by “Choose calibration tiles” and perhaps edited since.</source>
<translation>Usa os mosaicos deste ficheiro, feito por “Escolher mosaicos de calibração” e talvez editado depois.</translation>
</message>
<message>
<source>Telling imaging conditions apart</source>
<translation>A distinguir condições de imagem</translation>
</message>
<message>
<source>The area of interest can't be brought from {} to {}</source>
<translation>A área de interesse não pode ser levada de {} para {}</translation>
</message>
<message>
<source>The area of interest can't be written: {}</source>
<translation>A área de interesse não pode ser escrita: {}</translation>
</message>
<message>
<source>The area of interest holds no polygon; select some, or leave it empty.</source>
<translation>A área de interesse não contém nenhum polígono; selecione alguns, ou deixe-a vazia.</translation>
</message>
<message>
<source>The classes as polygons, one for each connected region, without seams (GeoPackage).</source>
<translation>As classes como polígonos, um por cada região conexa, sem costuras (GeoPackage).</translation>
</message>
<message>
<source>The environment is ready: {}</source>
<translation>O ambiente está pronto: {}</translation>
</message>
<message>
<source>The environment is ready; geoquant can be used now.</source>
<translation>O ambiente está pronto; o geoquant já pode ser usado.</translation>
</message>
<message>
<source>The environment's Python</source>
<translation>O Python do ambiente</translation>
</message>
<message>
<source>The first scene that has data there (in the order of the list, a folder's by name), the latest by the date of acquisition, or the clearest pixel: clouds and shadows lose, and of equal ones the latest wins.</source>
<translation>A primeira cena que tem dados ali (na ordem da lista; as de uma pasta, por nome), a mais recente pela data de aquisição, ou o pixel mais limpo: nuvens e sombras perdem, e entre iguais ganha o mais recente.</translation>
</message>
<message>
<source>The folder {} for the page of results can't be made ({}).</source>
<translation>A pasta {} para a página de resultados não pode ser criada ({}).</translation>
</message>
<message>
<source>The gate does not hold: {}.</source>
<translation>O limite não é cumprido: {}.</translation>
</message>
<message>
<source>The gate holds: {}.</source>
<translation>O limite é cumprido: {}.</translation>
</message>
<message>
<source>The gate in words</source>
<translation>O limite por palavras</translation>
</message>
<message>
<source>The map shows no scene; load a raster and choose it in the list of layers.</source>
<translation>O mapa não mostra nenhuma cena; carregue um raster e escolha-o na lista de camadas.</translation>
</message>
<message>
<source>The map shows nothing of “{}”; zoom to it.</source>
<translation>O mapa não mostra nada de “{}”; aproxime-se dela.</translation>
</message>
<message>
<source>The map shows {} Mpx of the scene, more than a preview; zoom in, or classify it as a whole.</source>
<translation>O mapa mostra {} Mpx da cena, mais do que uma pré-visualização; aproxime-se, ou classifique-a toda.</translation>
</message>
<message>
<source>The map takes its CRS, pixel size and pixel corners, so that maps of many years lie on each other.</source>
<translation>O mapa adota o SRC, o tamanho e os cantos dos pixels dele, para que mapas de muitos anos coincidam.</translation>
</message>
<message>
<source>The map's extent can't be brought to the scene's CRS: {}</source>
<translation>A extensão do mapa não pode ser levada para o SRC da cena: {}</translation>
</message>
<message>
<source>The model</source>
<translation>O modelo</translation>
</message>
<message>
<source>The model can be used; no scene was given.</source>
<translation>O modelo pode ser usado; não foi dada nenhuma cena.</translation>
</message>
<message>
<source>The model has no card; the options below “Model card in a file of its own” say what it would.</source>
<translation>O modelo não tem ficha; as opções abaixo de “Ficha do modelo em ficheiro próprio” dizem o que diria.</translation>
</message>
<message>
<source>The model that the INT8 model was made from.</source>
<translation>O modelo de que o modelo INT8 foi feito.</translation>
</message>
<message>
<source>The model that the tiles are for; without one, the bands as they are.</source>
<translation>O modelo para que são os mosaicos; sem modelo, as bandas como estão.</translation>
</message>
<message>
<source>The model {} does not exist; choose an ONNX file, or one that comes with geoquant: {}.</source>
<translation>O modelo {} não existe; escolha um ficheiro ONNX, ou um dos que vêm com o geoquant: {}.</translation>
</message>
<message>
<source>The model's card lacks: {}.</source>
<translation>À ficha do modelo falta: {}.</translation>
</message>
<message>
<source>The report shows what each imaging condition and class loses, with 95 % intervals, every layer's error, size, speed and memory. It is written, too, when the worst condition loses more than “Gate” allows.</source>
<translation>O relatório mostra o que perde cada condição de imagem e cada classe, com intervalos de 95 %, o erro de cada camada, tamanho, velocidade e memória. É escrito também quando a pior condição perde mais do que “Limite” permite.</translation>
</message>
<message>
<source>The scene does not fit: {}</source>
<translation>A cena não serve: {}</translation>
</message>
<message>
<source>The scene fits the model.</source>
<translation>A cena serve para o modelo.</translation>
</message>
<message>
<source>The scene may be of any size: it is read in tiles, and memory does not grow with it. Layers of a Sentinel-2 or Landsat product stand for the whole product. The map appears when it is complete; a run that was interrupted goes on where it stopped.</source>
<translation>A cena pode ter qualquer tamanho: é lida por mosaicos e a memória não cresce com ela. As camadas de um produto Sentinel-2 ou Landsat valem por todo o produto. O mapa aparece quando está completo; uma execução interrompida continua onde parou.</translation>
</message>
<message>
<source>The setup failed.</source>
<translation>A instalação falhou.</translation>
</message>
<message>
<source>The tiles are chosen; look at them.</source>
<translation>Os mosaicos estão escolhidos; veja-os.</translation>
</message>
<message>
<source>There is no Python {}; choose another, or leave the field empty and one is looked for.</source>
<translation>Não há nenhum Python {}; escolha outro, ou deixe o campo vazio e será procurado um.</translation>
</message>
<message>
<source>There is no folder {}; choose the one that holds the wheels.</source>
<translation>Não há nenhuma pasta {}; escolha a que contém os wheels.</translation>
</message>
<message>
<source>There is no such file yet.</source>
<translation>Ainda não existe esse ficheiro.</translation>
</message>
<message>
<source>This file can't be used: {}.</source>
<translation>Este ficheiro não pode ser usado: {}.</translation>
</message>
<message>
<source>This will take about {}.</source>
<translation>Isto levará cerca de {}.</translation>
</message>
<message>
<source>Threads</source>
<translation>Threads</translation>
</message>
<message>
<source>Threads that infer; by default one per core.</source>
<translation>Threads de inferência; por omissão uma por núcleo.</translation>
</message>
<message>
<source>Threshold between two classes</source>
<translation>Limiar entre duas classes</translation>
</message>
<message>
<source>Tiles</source>
<translation>Mosaicos</translation>
</message>
<message>
<source>Tiles of {} px per imaging condition</source>
<translation>Mosaicos de {} px por condição de imagem</translation>
</message>
<message>
<source>Tiles that calibration does not see, to compare INT8 with float on.</source>
<translation>Mosaicos que a calibração não vê, para comparar INT8 com float.</translation>
</message>
<message>
<source>Tiles that were chosen</source>
<translation>Mosaicos que foram escolhidos</translation>
</message>
<message>
<source>Tiles to choose beside them, to compare INT8 with float on.</source>
<translation>Mosaicos a escolher além desses, para comparar INT8 com float.</translation>
</message>
<message>
<source>Time</source>
<translation>Tempo</translation>
</message>
<message>
<source>Times that tiles are drawn again</source>
<translation>Vezes que os mosaicos são sorteados de novo</translation>
</message>
<message>
<source>Times that tiles are drawn again for the 95 % intervals.</source>
<translation>Vezes que os mosaicos são sorteados de novo para os intervalos de 95 %.</translation>
</message>
<message>
<source>Timing the engines</source>
<translation>A medir o tempo dos motores</translation>
</message>
<message>
<source>To fill a folder of wheels, on a computer of the same kind with the same version of Python:</source>
<translation>Para encher uma pasta de wheels, num computador do mesmo tipo com a mesma versão do Python:</translation>
</message>
<message>
<source>Told by</source>
<translation>Sabe-se por</translation>
</message>
<message>
<source>Trained on</source>
<translation>Treinado com</translation>
</message>
<message>
<source>Trying drafts of the INT8 model</source>
<translation>A experimentar esboços do modelo INT8</translation>
</message>
<message>
<source>Trying which layers to leave in float</source>
<translation>A experimentar que camadas deixar em float</translation>
</message>
<message>
<source>Type</source>
<translation>Tipo</translation>
</message>
<message>
<source>Unreadable blocks</source>
<translation>Blocos ilegíveis</translation>
</message>
<message>
<source>Unusual</source>
<translation>Invulgar</translation>
</message>
<message>
<source>Use</source>
<translation>Usar</translation>
</message>
<message>
<source>Value</source>
<translation>Valor</translation>
</message>
<message>
<source>Values (1 %, 50 %, 99 %)</source>
<translation>Valores (1 %, 50 %, 99 %)</translation>
</message>
<message>
<source>Verdict</source>
<translation>Veredicto</translation>
</message>
<message>
<source>Wanted</source>
<translation>Pretendida</translation>
</message>
<message>
<source>Warnings</source>
<translation>Avisos</translation>
</message>
<message>
<source>What --mean and --std act on: physical values, or stored numbers.</source>
<translation>Sobre o que atuam --mean e --std: valores físicos ou números guardados.</translation>
</message>
<message>
<source>What is unusual</source>
<translation>O que é invulgar</translation>
</message>
<message>
<source>What is unusual about the scene</source>
<translation>O que é invulgar na cena</translation>
</message>
<message>
<source>What the calibration tiles cover</source>
<translation>O que cobrem os mosaicos de calibração</translation>
</message>
<message>
<source>What the model will run on</source>
<translation>Em que correrá o modelo</translation>
</message>
<message>
<source>What the model will run on, which decides its kinds of integers. It need not be this computer.</source>
<translation>Em que correrá o modelo, o que decide os seus tipos de inteiros. Não tem de ser este computador.</translation>
</message>
<message>
<source>What the model's output holds</source>
<translation>O que contém a saída do modelo</translation>
</message>
<message>
<source>What the model's output holds: scores before or after softmax, or class values. Maps need one of these.</source>
<translation>O que contém a saída do modelo: pontuações antes ou depois de softmax, ou valores de classe. Os mapas precisam de uma delas.</translation>
</message>
<message>
<source>What the normalization acts on</source>
<translation>Sobre o que atua a normalização</translation>
</message>
<message>
<source>What the scene's bands are, in its order, where it does not name them.</source>
<translation>O que são as bandas da cena, na sua ordem, onde ela não as nomeia.</translation>
</message>
<message>
<source>What the values of a mask that is a class raster mean: clear, water, snow, thick cloud, thin cloud, cloud edge, shadow. Values that are not named are left to spectral tests.</source>
<translation>O que significam os valores de uma máscara que é um raster de classes: clear, water, snow, thick cloud, thin cloud, cloud edge, shadow. Os valores não nomeados ficam para os testes espectrais.</translation>
</message>
<message>
<source>What to do</source>
<translation>O que fazer</translation>
</message>
<message>
<source>What told the strata</source>
<translation>O que deu os estratos</translation>
</message>
<message>
<source>What was done and noticed</source>
<translation>O que foi feito e notado</translation>
</message>
<message>
<source>What “Quantize model” made of it.</source>
<translation>O que “Quantizar modelo” fez dele.</translation>
</message>
<message>
<source>Where scenes overlap</source>
<translation>Onde as cenas se sobrepõem</translation>
</message>
<message>
<source>Whether no problem was found</source>
<translation>Se nenhum problema foi encontrado</translation>
</message>
<message>
<source>Whether the gate holds</source>
<translation>Se o limite é cumprido</translation>
</message>
<message>
<source>Whether the scene fits the model</source>
<translation>Se a cena serve para o modelo</translation>
</message>
<message>
<source>Which model shall classify what the map shows?</source>
<translation>Que modelo deve classificar o que o mapa mostra?</translation>
</message>
<message>
<source>Without a model the first scene's bands are taken as they are, and 64 px are left between tiles.</source>
<translation>Sem modelo, as bandas da primeira cena são usadas como estão, e ficam 64 px entre os mosaicos.</translation>
</message>
<message>
<source>Work in INT8</source>
<translation>Trabalho em INT8</translation>
</message>
<message>
<source>Write no data where the scene can't be read, and count it.</source>
<translation>Escrever sem dados onde a cena não pode ser lida, e contá-lo.</translation>
</message>
<message>
<source>Writing polygons</source>
<translation>A escrever polígonos</translation>
</message>
<message>
<source>Writing the map</source>
<translation>A escrever o mapa</translation>
</message>
<message>
<source>Writing the map of confidence</source>
<translation>A escrever o mapa de confiança</translation>
</message>
<message>
<source>accuracy</source>
<translation>exatidão</translation>
</message>
<message>
<source>bands</source>
<translation>bandas</translation>
</message>
<message>
<source>batch</source>
<translation>lote</translation>
</message>
<message>
<source>calibrates</source>
<translation>calibra</translation>
</message>
<message>
<source>calibration</source>
<translation>calibração</translation>
</message>
<message>
<source>check</source>
<translation>verificar</translation>
</message>
<message>
<source>choose a model, or type its path</source>
<translation>escolha um modelo, ou escreva o seu caminho</translation>
</message>
<message>
<source>choose a raster file, a VRT or an address that GDAL reads (/vsicurl/…).</source>
<translation>escolha um ficheiro raster, um VRT ou um endereço que o GDAL leia (/vsicurl/…).</translation>
</message>
<message>
<source>cloud</source>
<translation>nuvem</translation>
</message>
<message>
<source>compress</source>
<translation>comprimir</translation>
</message>
<message>
<source>conditions</source>
<translation>condições</translation>
</message>
<message>
<source>covered</source>
<translation>cobertos</translation>
</message>
<message>
<source>deep learning</source>
<translation>aprendizagem profunda</translation>
</message>
<message>
<source>dependencies</source>
<translation>dependências</translation>
</message>
<message>
<source>diagnose</source>
<translation>diagnóstico</translation>
</message>
<message>
<source>environment</source>
<translation>ambiente</translation>
</message>
<message>
<source>evaluate</source>
<translation>avaliar</translation>
</message>
<message>
<source>fit</source>
<translation>servir</translation>
</message>
<message>
<source>float</source>
<translation>float</translation>
</message>
<message>
<source>folder</source>
<translation>pasta</translation>
</message>
<message>
<source>gate</source>
<translation>limite</translation>
</message>
<message>
<source>geoquant goes on with {}, which is named in the options of Processing or by GEOQUANT_PYTHON.</source>
<translation>O geoquant continua com {}, indicado nas opções do Processamento ou por GEOQUANT_PYTHON.</translation>
</message>
<message>
<source>geoquant's log</source>
<translation>Registo do geoquant</translation>
</message>
<message>
<source>geoquant's message</source>
<translation>Mensagem do geoquant</translation>
</message>
<message>
<source>geoquant's own Python environment is missing. Run “Set up environment” (Processing toolbox, geoquant), which makes it once, or choose a Python that has geoquant's packages in the options of Processing.</source>
<translation>Falta o ambiente Python próprio do geoquant. Execute “Instalar o ambiente” (caixa de ferramentas de Processamento, geoquant), que o cria uma vez, ou escolha nas opções do Processamento um Python que tenha os pacotes do geoquant.</translation>
</message>
<message>
<source>geoquant: INT8 and float CNNs over rasters of any size</source>
<translation>geoquant: CNN INT8 e float sobre rasters de qualquer tamanho</translation>
</message>
<message>
<source>install</source>
<translation>instalar</translation>
</message>
<message>
<source>int8</source>
<translation>int8</translation>
</message>
<message>
<source>its metadata hold {} bytes, which is absurd</source>
<translation>os seus metadados têm {} bytes, o que não é possível</translation>
</message>
<message>
<source>judges</source>
<translation>julga</translation>
</message>
<message>
<source>land cover</source>
<translation>ocupação do solo</translation>
</message>
<message>
<source>many scenes</source>
<translation>muitas cenas</translation>
</message>
<message>
<source>mask</source>
<translation>máscara</translation>
</message>
<message>
<source>metadata</source>
<translation>metadados</translation>
</message>
<message>
<source>missed</source>
<translation>por cobrir</translation>
</message>
<message>
<source>model</source>
<translation>modelo</translation>
</message>
<message>
<source>model card</source>
<translation>ficha do modelo</translation>
</message>
<message>
<source>mosaic</source>
<translation>mosaico</translation>
</message>
<message>
<source>no data is {}</source>
<translation>sem dados é {}</translation>
</message>
<message>
<source>none</source>
<translation>nenhum</translation>
</message>
<message>
<source>nothing</source>
<translation>nada</translation>
</message>
<message>
<source>offset</source>
<translation>deslocamento</translation>
</message>
<message>
<source>onnx</source>
<translation>onnx</translation>
</message>
<message>
<source>packages</source>
<translation>pacotes</translation>
</message>
<message>
<source>pip</source>
<translation>pip</translation>
</message>
<message>
<source>problem</source>
<translation>problema</translation>
</message>
<message>
<source>python</source>
<translation>python</translation>
</message>
<message>
<source>quality</source>
<translation>qualidade</translation>
</message>
<message>
<source>quantization</source>
<translation>quantização</translation>
</message>
<message>
<source>report</source>
<translation>relatório</translation>
</message>
<message>
<source>sampling</source>
<translation>amostragem</translation>
</message>
<message>
<source>scale</source>
<translation>escala</translation>
</message>
<message>
<source>scene</source>
<translation>cena</translation>
</message>
<message>
<source>segmentation</source>
<translation>segmentação</translation>
</message>
<message>
<source>shadow</source>
<translation>sombra</translation>
</message>
<message>
<source>snow</source>
<translation>neve</translation>
</message>
<message>
<source>speed</source>
<translation>velocidade</translation>
</message>
<message>
<source>strata</source>
<translation>estratos</translation>
</message>
<message>
<source>the card in {} is damaged ({})</source>
<translation>a ficha em {} está danificada ({})</translation>
</message>
<message>
<source>the file is not an ONNX model, or it is cut off</source>
<translation>o ficheiro não é um modelo ONNX ou está cortado</translation>
</message>
<message>
<source>tiles</source>
<translation>mosaicos</translation>
</message>
<message>
<source>trained at {} m</source>
<translation>treinado a {} m</translation>
</message>
<message>
<source>unbounded: tiles are blended</source>
<translation>ilimitado: os mosaicos são fundidos</translation>
</message>
<message>
<source>water</source>
<translation>água</translation>
</message>
<message>
<source>{} bytes, {} of float</source>
<translation>{} bytes, {} de float</translation>
</message>
<message>
<source>{} is unusual for this model.</source>
<translation>{} é invulgar para este modelo.</translation>
</message>
<message>
<source>{} of {} conditions proved</source>
<translation>{} de {} condições comprovadas</translation>
</message>
<message>
<source>{} parameters, {}</source>
<translation>{} parâmetros, {}</translation>
</message>
<message>
<source>{} scenes</source>
<translation>{} cenas</translation>
</message>
<message>
<source>{}: INT8 keeps at worst {} of the classes, at {} of the size.</source>
<translation>{}: INT8 mantém, no pior caso, {} das classes, com {} do tamanho.</translation>
</message>
<message>
<source>{}: areas</source>
<translation>{}: áreas</translation>
</message>
<message>
<source>{}: calibration tiles</source>
<translation>{}: mosaicos de calibração</translation>
</message>
<message>
<source>{}: confidence</source>
<translation>{}: confiança</translation>
</message>
<message>
<source>{}: drift</source>
<translation>{}: deriva</translation>
</message>
<message>
<source>{}: polygons</source>
<translation>{}: polígonos</translation>
</message>
<message>
<source>{}: same class as float</source>
<translation>{}: mesma classe que float</translation>
</message>
<message>
<source>{}: strata</source>
<translation>{}: estratos</translation>
</message>
<message>
<source>{}: {}, {} {}/s, {} left</source>
<translation>{}: {}, {} {}/s, faltam {}</translation>
</message>
<message>
<source>{}; download it, or give GDAL the password by its own means.</source>
<translation>{}; descarregue-a, ou dê a senha ao GDAL pelos meios dele.</translation>
</message>
<message>
<source>{}; save it as a file first (Export, Save As).</source>
<translation>{}; guarde-a primeiro como ficheiro (Exportar, Guardar como).</translation>
</message>
<message>
<source>“Quantize model” and “Compare models” choose and judge tiles by them. A quality mask says best what is what; without one, the product's own or spectral tests do.</source>
<translation>“Quantizar modelo” e “Comparar modelos” escolhem e julgam mosaicos segundo elas. Uma máscara de qualidade diz melhor o que é o quê; sem ela, a do produto ou testes espectrais.</translation>
</message>
<message>
<source>“{}” comes from a {} service, which gives pictures instead of measured values</source>
<translation>“{}” vem de um serviço {}, que dá imagens em vez de valores medidos</translation>
</message>
<message>
<source>“{}” comes from “{}”, which geoquant can't read</source>
<translation>“{}” vem de “{}”, que o geoquant não consegue ler</translation>
</message>
<message>
<source>“{}” exists only in the memory of QGIS</source>
<translation>“{}” existe só na memória do QGIS</translation>
</message>
<message>
<source>“{}” has {} rasters for {} scenes; give one per scene, in the same order, or none.</source>
<translation>“{}” tem {} rasters para {} cenas; dê um por cena, na mesma ordem, ou nenhum.</translation>
</message>
<message>
<source>“{}” is not a raster layer; choose a raster.</source>
<translation>“{}” não é uma camada raster; escolha um raster.</translation>
</message>
<message>
<source>“{}” is written as GeoTIFF, which {} is not: give a file whose name ends in {}.</source>
<translation>“{}” é escrito como GeoTIFF, e {} não o é: indique um ficheiro cujo nome termine em {}.</translation>
</message>
<message>
<source>“{}” needs a password that only QGIS has</source>
<translation>“{}” precisa de uma senha que só o QGIS tem</translation>
</message>
<message>
<source>“{}” was opened with the GDAL options {}, which geoquant does not know; save it as a VRT first.</source>
<translation>“{}” foi aberta com as opções GDAL {}, que o geoquant não conhece; guarde-a primeiro como VRT.</translation>
</message>
</context>
</TS>
